import type { Writable } from 'node:stream';
import type { Host, NodeId } from '@lockstep/api';
import type { HostLimits } from './limits.ts';
import { MAX_SOCKET_PATH_BYTES } from './rpc/address.ts';
import type { PeerAddress } from './rpc/address.ts';

/** What `startHost` wants to know. */
export interface HostOptions {
  /** This node's id. */
  readonly id: NodeId;
  /** Where to listen; port 0 lets the system choose. */
  readonly address: PeerAddress;
  /** The other nodes, and where they listen. An entry of this node's own is allowed, and ignored. */
  readonly peers: Readonly<Record<NodeId, PeerAddress>>;
  /** Where the node's disk is kept: a directory of its own, which is made if need be. */
  readonly directory: string;
  /** Where log lines go; standard error unless given. */
  readonly log?: Writable;
  /** Makes `host.random` repeatable. The same seed gives the same numbers at each boot. */
  readonly seed?: string;
  /** Bounds that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<HostLimits>;
}

/** A Host that is up. */
export interface RunningHost {
  readonly host: Host;
  /** Where it listens, with the port that the system chose. */
  readonly address: PeerAddress;
  /**
   * Ends the node as a crash would: the Host becomes inert at once, timers don't run, calls and writes under way never
   * settle. Resolves when the port and the directory are free again.
   */
  close(): Promise<void>;
}

const MAX_PORT = 65_535;
const MAX_ID_CHARACTERS = 100;

/** Refuses options that make no sense, before anything has been done. */
export function checkOptions(options: HostOptions): void {
  checkId('id', options.id);
  checkAddress('address', options.address, 0);
  for (const [id, address] of Object.entries(options.peers)) {
    checkId('an id in peers', id);
    checkAddress(`peers.${id}`, address, 1);
  }
  if (typeof options.directory !== 'string' || options.directory === '')
    throw new TypeError(`directory must be a path, not ${show(options.directory)}`);
  for (const [name, value] of Object.entries(options.limits ?? {})) {
    if (typeof value !== 'number' || !(value > 0))
      throw new TypeError(`limits.${name} must be a positive number, not ${show(value)}`);
  }
}

function checkId(what: string, id: unknown): void {
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_CHARACTERS)
    throw new TypeError(`${what} must be a name of 1 to ${MAX_ID_CHARACTERS} characters, not ${show(id)}`);
}

function checkAddress(what: string, address: PeerAddress, minPort: number): void {
  if ('path' in address) {
    const bytes = Buffer.byteLength(address.path);
    if (bytes > 0 && bytes <= MAX_SOCKET_PATH_BYTES) return;
    throw new TypeError(
      `${what}.path must have 1 to ${MAX_SOCKET_PATH_BYTES} bytes, not ${bytes}: ${show(address.path)}`,
    );
  }
  const { host, port } = address;
  if (typeof host !== 'string' || host === '')
    throw new TypeError(`${what}.host must be a name or an IP address, not ${show(host)}`);
  if (!Number.isInteger(port) || port < minPort || port > MAX_PORT)
    throw new TypeError(`${what}.port must be an integer from ${minPort} to ${MAX_PORT}, not ${show(port)}`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 100)}"` : String(value);
}
