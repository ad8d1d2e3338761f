import type { KvEntry, ShardWrite, TransactionOutcome } from '@lockstep/api';
import type { OperationId } from '../group/operation.ts';
import type { Settled } from '../group/operation.ts';

/**
 * Names one attempt at a transaction. A shard, not a group, is its coordinator: the one that is first among those of
 * the transaction's keys. It numbers its attempts, never twice the same, wherever it moves.
 */
export interface TransactionId {
  readonly shard: number;
  readonly number: number;
}

/** What a transaction does in one shard. */
export interface Part {
  readonly shard: number;
  readonly reads: readonly string[];
  readonly writes: readonly ShardWrite[];
}

/** What a shard says to its part. */
export type Vote =
  /** Its keys are locked until it is told of the decision. */
  | { readonly kind: 'prepared'; readonly entries: readonly KvEntry[]; readonly holds: boolean }
  /** Another transaction has locked one of the keys. Nothing is locked for this one in this group. */
  | { readonly kind: 'busy' }
  /** The attempt is over: this is a late copy of a request. */
  | { readonly kind: 'over' }
  /** The shard is not served here, or not yet. */
  | { readonly kind: 'away' };

/** A clerk's transaction, which the session with its coordinator lets happen once. */
export interface TransactInSession extends OperationId {
  readonly kind: 'transact';
  readonly settledBelow: number;
  readonly reads: readonly string[];
  readonly writes: readonly ShardWrite[];
}

/** Locks the keys of some parts, if they are all free. */
export interface Prepare {
  readonly kind: 'prepare';
  readonly id: TransactionId;
  /** Numbers of the coordinator's attempts up to this one that are not over. */
  readonly open: readonly number[];
  readonly parts: readonly Part[];
}

/** Everybody is prepared: the coordinator decides, and the transaction has happened. */
export interface Conclude {
  readonly kind: 'conclude';
  readonly id: TransactionId;
  readonly outcome: TransactionOutcome;
}

/** Somebody is not: the coordinator gives this attempt up. Its clerk will ask for another. */
export interface Abandon {
  readonly kind: 'abandon';
  readonly id: TransactionId;
}

/** What the coordinator has decided comes to the shards that are prepared. */
export interface Settle {
  readonly kind: 'settle';
  readonly id: TransactionId;
  readonly open: readonly number[];
  readonly shards: readonly number[];
  /** Whether the writes happen. The locks go in any case. */
  readonly isApplied: boolean;
}

/** All shards know of the decision: the coordinator may forget it. */
export interface Finish {
  readonly kind: 'finish';
  readonly id: TransactionId;
}

/** What transactions put into a group's log. */
export type TransactionCommand = TransactInSession | Prepare | Conclude | Abandon | Settle | Finish;

/** A transaction has come to its end. */
export type Transacted = { readonly kind: 'transacted'; readonly outcome: TransactionOutcome } | Settled;

/** An attempt is under way; the coordinator's group sees to it. */
export interface Begun {
  readonly kind: 'begun';
  readonly number: number;
}

/** The votes on the parts of a {@link Prepare}, in their order. */
export interface Votes {
  readonly kind: 'votes';
  readonly votes: readonly Vote[];
}

/** Shards that know of a decision now, of those that were to be told. */
export interface Told {
  readonly kind: 'told';
  readonly shards: readonly number[];
}

/** What has become of an attempt, as far as its coordinator knows. */
export interface FateReply {
  readonly kind: 'fate';
  readonly fate: Fate;
  readonly open: readonly number[];
}

/** `released`: its locks go, and nothing is written. */
export type Fate = 'undecided' | 'applied' | 'released';

/** What groups ask each other for. */
export type PrepareArgs = Omit<Prepare, 'kind'>;
export type SettleArgs = Omit<Settle, 'kind'>;
