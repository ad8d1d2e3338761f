import { NotImplemented, RAFT_CONTRACT } from '@lockstep/api';
import type { Apply, Client, Host, NodeId, Raft, RaftOptions, RaftStatus, StartResult } from '@lockstep/api';
import type {
  AppendEntriesArgs,
  AppendEntriesReply,
  InstallSnapshotArgs,
  InstallSnapshotReply,
  RaftRpc,
  RequestVoteArgs,
  RequestVoteReply,
} from './rpc.ts';

/** The version of the contract that this file is written for. */
export const contract = RAFT_CONTRACT;

/**
 * Makes the Raft instance of one server; called once for each boot. See `RaftFactory` in @lockstep/api for what the
 * arguments are, and the handout (labs/raft/README.md) for the rest.
 *
 * It may become an `async` function, which part C will need: the disk is read asynchronously.
 */
export default function createRaft(
  host: Host,
  peers: readonly NodeId[],
  apply: Apply,
  options: RaftOptions,
): Raft {
  const server = new RaftServer(host, peers, apply, options);
  // Only what is listed here can be called by other servers.
  const service: RaftRpc = {
    requestVote: (args) => server.requestVote(args),
    appendEntries: (args) => server.appendEntries(args),
    installSnapshot: (args) => server.installSnapshot(args),
  };
  host.serve(service);
  return server;
}

class RaftServer implements Raft, RaftRpc {
  readonly host: Host;
  /** The other servers, each with a client for its RPCs. */
  readonly peers: ReadonlyMap<NodeId, Client<RaftRpc>>;
  readonly apply: Apply;
  readonly options: RaftOptions;

  // Part A: add the state of Figure 2 here, as far as elections need it.

  constructor(host: Host, peers: readonly NodeId[], apply: Apply, options: RaftOptions) {
    this.host = host;
    this.peers = new Map(peers.map((id) => [id, host.peer<RaftRpc>(id)]));
    this.apply = apply;
    this.options = options;

    // Part A: start the election timer here. `host.clock.after` and `host.random` are what you need for it.
  }

  // ---- What the service above calls ----------------------------------------------------------------

  status(): RaftStatus {
    throw new NotImplemented('Raft part A: status()');
  }

  start(command: unknown): StartResult | undefined {
    void command;
    throw new NotImplemented('Raft part B: start()');
  }

  snapshot(index: number, data: unknown): void {
    void index;
    void data;
    throw new NotImplemented('Raft part D: snapshot()');
  }

  // ---- What the other servers call -----------------------------------------------------------------

  async requestVote(args: RequestVoteArgs): Promise<RequestVoteReply> {
    void args;
    throw new NotImplemented('Raft part A: RequestVote');
  }

  async appendEntries(args: AppendEntriesArgs): Promise<AppendEntriesReply> {
    void args;
    throw new NotImplemented('Raft part A: AppendEntries, as a heartbeat');
  }

  async installSnapshot(args: InstallSnapshotArgs): Promise<InstallSnapshotReply> {
    void args;
    throw new NotImplemented('Raft part D: InstallSnapshot');
  }
}
