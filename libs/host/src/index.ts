/**
 * The real world behind the node API: a process of the operating system, TCP, a directory, and the machine's clock.
 *
 * @packageDocumentation
 */
export { startHost } from './start-host.ts';
export type { HostOptions, RunningHost } from './options.ts';
export { MAX_SOCKET_PATH_BYTES } from './rpc/address.ts';
export type { PeerAddress, PortAddress, SocketAddress } from './rpc/address.ts';
export { lockDirectory } from './disk/lock.ts';
export type { DirectoryLock } from './disk/lock.ts';
export { DEFAULT_LIMITS } from './limits.ts';
export type { HostLimits } from './limits.ts';
export { openFileStore } from './files/file-store.ts';
export type { FileStoreOptions } from './files/file-store.ts';
export type { FileTree } from './files/file-names.ts';
export { runAsChild } from './processes/child.ts';
export type { ParentProcess } from './processes/child.ts';
export { startChild } from './processes/parent.ts';
export type { ChildOptions, Ending, RunningChild } from './processes/parent.ts';
