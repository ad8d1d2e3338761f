import type { NodeId } from '@lockstep/api';

/** One entry of the log, as it is sent and stored (Raft Figure 2, "log[]"). Never changed after it was made. */
export interface Entry {
  /** The term in which a leader received the command. */
  readonly term: number;
  readonly command: unknown;
}

/** Raft Figure 2, "RequestVote RPC". */
export interface RequestVoteArgs {
  readonly term: number;
  readonly candidateId: NodeId;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

/** The answer to {@link RequestVoteArgs}. */
export interface RequestVoteReply {
  readonly term: number;
  readonly voteGranted: boolean;
}

/** Raft Figure 2, "AppendEntries RPC"; without entries it is a heartbeat. */
export interface AppendEntriesArgs {
  readonly term: number;
  readonly leaderId: NodeId;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly Entry[];
  readonly leaderCommit: number;
}

/** The answer to {@link AppendEntriesArgs}. */
export interface AppendEntriesReply {
  readonly term: number;
  readonly success: boolean;
  /** Where the logs part; only when the consistency check failed. */
  readonly conflict?: Conflict;
}

/** What a follower says of the place where its log and the leader's part (Raft §5.3, last paragraphs). */
export interface Conflict {
  /** The term of its entry at prevLogIndex; absent when its log ends before that. */
  readonly term?: number;
  /** The first index that it holds of that term; else the index after its last entry. */
  readonly index: number;
}

/** Raft Figure 13, "InstallSnapshot RPC"; the whole snapshot in one message. */
export interface InstallSnapshotArgs {
  readonly term: number;
  readonly leaderId: NodeId;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  readonly data: unknown;
}

/** The answer to {@link InstallSnapshotArgs}. */
export interface InstallSnapshotReply {
  readonly term: number;
}

/** What the servers of a cluster serve to each other. */
export interface RaftRpc {
  requestVote(args: RequestVoteArgs): Promise<RequestVoteReply>;
  appendEntries(args: AppendEntriesArgs): Promise<AppendEntriesReply>;
  installSnapshot(args: InstallSnapshotArgs): Promise<InstallSnapshotReply>;
}
