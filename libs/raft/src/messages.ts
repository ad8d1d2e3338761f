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
  /** Only when the consistency check failed. */
  readonly conflict?: Conflict;
}

/**
 * What a follower's log holds where the leader's was expected to match (Raft §5.3, last paragraphs). The paper lets it
 * name one term and its first index; this names some more, so that one answer shows where two logs part even when many
 * elections lie in between.
 */
export interface Conflict {
  /** Its last entry up to prevLogIndex. */
  readonly index: number;
  /** The terms of the entries up to there, the latest first, each with its first index in this log. */
  readonly terms: readonly TermStart[];
}

/** A term, and the first index of it in a log. */
export interface TermStart {
  readonly term: number;
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
