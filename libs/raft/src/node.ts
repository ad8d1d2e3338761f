import type { Client, Host, NodeId } from '@lockstep/api';
import type { RaftRpc } from './messages.ts';
import type { PersistentState } from './state.ts';
import type { Storage } from './storage.ts';

/** What candidates and leaders work with: one server's world, its state, and its way to the others. */
export interface RaftNode {
  readonly host: Host;
  /** The other servers, each with a client. */
  readonly peers: ReadonlyMap<NodeId, Client<RaftRpc>>;
  readonly state: PersistentState;
  readonly storage: Storage;
}

/** The number of servers in the cluster, this one included. */
export function clusterSize(node: RaftNode): number {
  return node.peers.size + 1;
}

/**
 * The reply of a call, or `undefined` when there is none. Why there is none makes no difference: the request may
 * have been carried out, and Raft's RPCs may be repeated (Raft §5.5).
 */
export async function replyOf<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch {
    return undefined;
  }
}
