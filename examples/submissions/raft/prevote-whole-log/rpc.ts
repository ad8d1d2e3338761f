/**
 * The messages between servers: RequestVote and AppendEntries of Figure 2, InstallSnapshot of Figure 13 in one piece,
 * and the PreVote of the dissertation, §9.6.
 */
import type { NodeId } from '@lockstep/api';
import type { LogEntry } from './log.ts';

/** Arguments of RequestVote and of PreVote; for the latter, `term` is the term that the sender would begin. */
export interface VoteArgs {
  readonly term: number;
  readonly candidate: NodeId;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** `term` is always the current term of the server that answers. */
export interface VoteReply {
  readonly term: number;
  readonly granted: boolean;
}

export interface AppendArgs {
  readonly term: number;
  readonly leader: NodeId;
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly LogEntry[];
  readonly commit: number;
}

export interface AppendReply {
  readonly term: number;
  readonly success: boolean;
  /** After a failed consistency check: where, and at which term, the leader should look (end of §5.3). */
  readonly conflict?: Conflict;
}

export interface Conflict {
  /** The first index of the conflicting term; when there is no entry at all, the one after the last. */
  readonly index: number;
  /** The term of the entry that the follower has instead. */
  readonly term?: number;
}

export interface SnapshotArgs {
  readonly term: number;
  readonly leader: NodeId;
  readonly index: number;
  readonly lastTerm: number;
  readonly data: unknown;
}

export interface SnapshotReply {
  readonly term: number;
}

export interface RaftRpc {
  preVote(args: VoteArgs): Promise<VoteReply>;
  requestVote(args: VoteArgs): Promise<VoteReply>;
  appendEntries(args: AppendArgs): Promise<AppendReply>;
  installSnapshot(args: SnapshotArgs): Promise<SnapshotReply>;
}
