/**
 * The messages between servers: arguments and replies of the RPCs in Figures 2 and 13 of the Raft paper.
 *
 * They travel as copies, and may hold plain data only: numbers, strings, booleans, arrays, plain objects, … (see
 * `Value` in @lockstep/api). A class instance, a Map or a function in a message is an error at the sender.
 */

/** One entry of the log. */
export interface LogEntry {
  /** The term in which a leader received the command. */
  readonly term: number;
  readonly command: unknown;
}

/** Part A. Figure 2, "RequestVote RPC": add what is missing. */
export interface RequestVoteArgs {
  readonly term: number;
}

/** Part A. */
export interface RequestVoteReply {
  readonly term: number;
  readonly voteGranted: boolean;
}

/** Part A needs the term; part B all of Figure 2, "AppendEntries RPC". */
export interface AppendEntriesArgs {
  readonly term: number;
}

/** Part A; part B may add something that helps a leader to find where two logs part (end of §5.3). */
export interface AppendEntriesReply {
  readonly term: number;
  readonly success: boolean;
}

/** Part D. Figure 13, whole in one message: neither offset nor done. */
export interface InstallSnapshotArgs {
  readonly term: number;
}

/** Part D. */
export interface InstallSnapshotReply {
  readonly term: number;
}

/** What the other servers may call here; `host.peer<RaftRpc>(id)` is the typed client of it. */
export interface RaftRpc {
  requestVote(args: RequestVoteArgs): Promise<RequestVoteReply>;
  appendEntries(args: AppendEntriesArgs): Promise<AppendEntriesReply>;
  installSnapshot(args: InstallSnapshotArgs): Promise<InstallSnapshotReply>;
}
