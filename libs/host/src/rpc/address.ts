/**
 * Where a node listens: at a TCP port; or, for nodes of one machine, at a socket in the file system, which is known
 * before the node is up and open to nobody who may not use its folder.
 */
export type PeerAddress = PortAddress | SocketAddress;

/** A TCP port. */
export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

/** A socket in the file system. */
export interface SocketAddress {
  /** At most {@link MAX_SOCKET_PATH_BYTES} bytes: systems have no room for more. */
  readonly path: string;
}

/** What the most frugal of systems takes, without the zero at the end. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** The address as people write it. */
export function showAddress(address: PeerAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}
