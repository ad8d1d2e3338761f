import type { NodeId } from '@lockstep/api';
import type { ReadableLog } from './log.ts';
import type { Conflict, RequestVoteArgs } from './messages.ts';

/** The smallest number of servers that is more than half of the cluster's, whether they are up or not. */
export function majorityOf(clusterSize: number): number {
  return Math.floor(clusterSize / 2) + 1;
}

/**
 * The largest value that a majority of the servers have reached, given one value for each server of the
 * cluster. It answers for log indexes (what is replicated?) and for times (when did a majority last answer?).
 */
export function reachedByMajority(values: readonly number[]): number {
  const descending = values.toSorted((a, b) => b - a);
  return descending[majorityOf(values.length) - 1] ?? -Infinity;
}

/**
 * Raft §5.4.1: a candidate's log must be at least as up-to-date as the voter's. The later last term wins;
 * with equal last terms the longer log does; equal logs are up-to-date for each other.
 */
export function isUpToDate(candidate: RequestVoteArgs, own: ReadableLog): boolean {
  if (candidate.lastLogTerm !== own.lastTerm) return candidate.lastLogTerm > own.lastTerm;
  return candidate.lastLogIndex >= own.lastIndex;
}

/** What a voter has to look at. */
export interface Voter {
  readonly currentTerm: number;
  readonly votedFor: NodeId | undefined;
  readonly log: ReadableLog;
}

/**
 * Raft §5.2, Figure 2, RequestVote rules 1 and 2, for a voter that has already adopted the candidate's term if
 * that was higher. One vote a term, first come first served; the same candidate's repetition gets the same answer.
 */
export function grantsVote(voter: Voter, candidate: RequestVoteArgs): boolean {
  if (candidate.term < voter.currentTerm) return false;
  const isFree = voter.votedFor === undefined || voter.votedFor === candidate.candidateId;
  return isFree && isUpToDate(candidate, voter.log);
}

/**
 * Raft §5.3 and §5.4.2, Figure 8: the index up to which a leader of `currentTerm` may commit, or `undefined` for
 * none. Only an entry of the leader's own term is committed by counting replicas; those before it are
 * committed with it. An older entry that is on a majority can still be overwritten.
 */
export function committable(
  matchIndexes: readonly number[],
  log: ReadableLog,
  currentTerm: number,
): number | undefined {
  const replicated = reachedByMajority(matchIndexes);
  return log.termAt(replicated) === currentTerm ? replicated : undefined;
}

/**
 * Raft §5.3, last paragraphs: the nextIndex to try after a follower refused entries behind prevLogIndex. Where both
 * have entries of a term, they got them from that term's leader, and the first of them are the same in both: so the
 * logs match up to the last index at which both have the latest such term. Terms that only the follower has are
 * skipped.
 */
export function nextIndexAfter(conflict: Conflict, log: ReadableLog): number {
  let end = conflict.index;
  for (const { term, index } of conflict.terms) {
    const shared = log.lastIndexOfTerm(term, end);
    if (shared !== undefined) return shared + 1;
    end = index - 1;
  }
  return end + 1;
}
