import { RAFT_CONTRACT } from '@lockstep/api';
import type { Client, NodeId, RaftFactory } from '@lockstep/api';
import type { RaftRpc } from './messages.ts';
import { Server } from './server.ts';
import { PersistentState, readStored } from './state.ts';

/** The version of the contract that this library keeps. */
export const contract = RAFT_CONTRACT;

/** Makes one server of a Raft cluster. It reads its disk first, and serves from then on. */
export const createRaft: RaftFactory = async (host, peers, apply, options) => {
  const state = new PersistentState(await readStored(host.disk));
  const clients = new Map<NodeId, Client<RaftRpc>>(peers.map((id) => [id, host.peer<RaftRpc>(id)]));
  const server = new Server(host, clients, state, apply, options);
  const { receivers } = server;
  const service: RaftRpc = {
    requestVote: (args) => receivers.requestVote(args),
    appendEntries: (args) => receivers.appendEntries(args),
    installSnapshot: (args) => receivers.installSnapshot(args),
  };
  host.serve(service);
  server.boot();
  return {
    start: (command) => server.start(command),
    status: () => server.status(),
    snapshot: (index, data) => server.snapshot(index, data),
    readIndex: () => server.readIndex(),
    leaseReadIndex: () => server.leaseReadIndex(),
    inspect: () => server.inspect(),
  };
};

// The loader takes an implementation by its entry's default export, as it does submissions.
export { createRaft as default };
