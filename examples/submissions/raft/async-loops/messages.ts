import type { CallContext } from '@lockstep/api';

export interface LogEntry {
  readonly term: number;
  readonly command: unknown;
}

/** Everything up to and including `index`, as the service described it. */
export interface Snapshot {
  readonly index: number;
  /** The term of the entry at `index`. */
  readonly term: number;
  readonly data: unknown;
}

/** The candidate's id of Figure 2 is the caller's: `CallContext.from`. */
export interface RequestVoteArgs {
  readonly term: number;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

export interface RequestVoteReply {
  readonly term: number;
  readonly voteGranted: boolean;
}

/** The leader's id of Figure 2 is the caller's, too. */
export interface AppendEntriesArgs {
  readonly term: number;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly LogEntry[];
  readonly leaderCommit: number;
}

export interface AppendEntriesReply {
  readonly term: number;
  readonly success: boolean;
  /** Where the logs part; only when the log had no entry of `prevLogTerm` at `prevLogIndex`. */
  readonly conflict?: Conflict;
}

/** The hint of the end of §5.3, with which the leader steps back over a whole term at once. */
export interface Conflict {
  /** The first index that the follower holds of `term`; without a term, the first index that it lacks. */
  readonly index: number;
  /** The term that the follower holds at `prevLogIndex`, if it holds one. */
  readonly term: number | undefined;
}

export interface InstallSnapshotArgs {
  readonly term: number;
  readonly snapshot: Snapshot;
}

export interface InstallSnapshotReply {
  readonly term: number;
}

export interface RaftRpc {
  requestVote(args: RequestVoteArgs, context: CallContext): Promise<RequestVoteReply>;
  appendEntries(args: AppendEntriesArgs, context: CallContext): Promise<AppendEntriesReply>;
  installSnapshot(args: InstallSnapshotArgs, context: CallContext): Promise<InstallSnapshotReply>;
}
