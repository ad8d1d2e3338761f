/**
 * The real world behind the node API: a process of the operating system, TCP, a directory, and the machine's clock.
 *
 * @packageDocumentation
 */
export { startHost } from './start-host.ts';
export type { HostOptions, RunningHost } from './options.ts';
export type { PeerAddress } from './rpc/peer-link.ts';
export { DEFAULT_LIMITS } from './limits.ts';
export type { HostLimits } from './limits.ts';
export { openFileStore } from './files/file-store.ts';
export type { FileStoreOptions } from './files/file-store.ts';
export type { FileTree } from './files/file-names.ts';
