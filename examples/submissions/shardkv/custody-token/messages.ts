import type { GroupId, TransactionOutcome } from '@lockstep/api';

import type { SavedContent, ShardPromise, Verdict } from './content.ts';
import type { Busy } from './controller.ts';
import type { NotLeader } from './courier.ts';
import type { Ticket } from './lanes.ts';
import type { Operation, OperationResult } from './operations.ts';
import type { Task, Vote } from './transactions.ts';
import type { View } from './view.ts';

/** The group does not serve the shard: it says how much it knows. */
export interface NotServed {
  readonly kind: 'not-served';
  readonly number: number;
  /** For a group that knows less. */
  readonly view?: View;
}

/** The answers of a server that could not do what it was asked for. */
export type Refusal = NotLeader | NotServed | Busy;

export interface Done {
  readonly kind: 'done';
}

export interface OperateRequest {
  readonly ticket: Ticket;
  readonly operation: Operation;
}

export interface TransactRequest {
  readonly ticket: Ticket;
  readonly task: Task;
}

export type TransactReply = { readonly kind: 'outcome'; readonly outcome: TransactionOutcome };

export interface VoteRequest {
  /** The configuration that the coordinating group knows. */
  readonly number: number;
  readonly shard: number;
  readonly promise: ShardPromise;
}

/** Who is waiting still stands in line for the locks. */
export type VoteReply = { readonly kind: 'vote'; readonly vote: Vote } | { readonly kind: 'waiting' };

export interface ForgetRequest {
  readonly shard: number;
  readonly ticket: Ticket;
}

export interface FinishRequest {
  /** The configuration that the coordinating group knows. */
  readonly number: number;
  readonly shard: number;
  readonly ticket: Ticket;
  readonly attempt: number;
  readonly verdict: Verdict;
}

/** The owner of a shard wants its custody. */
export interface PullRequest {
  readonly shard: number;
  readonly group: GroupId;
  /** The configuration that the group knows. */
  readonly number: number;
}

export interface CustodyNumber {
  readonly shard: number;
  readonly hops: number;
}

/** A shard on its way, under the number that its custody will have. */
export interface Delivery extends CustodyNumber {
  readonly content: SavedContent;
}

export type PullReply =
  | { readonly kind: 'granted'; readonly delivery: Delivery }
  /** The group that was asked knows less: it has to be told first. */
  | { readonly kind: 'behind' }
  /** It knows more, and this is it. */
  | { readonly kind: 'ahead'; readonly view: View }
  /** The shard is not there; it was given to the group `to`, if to any. */
  | { readonly kind: 'elsewhere'; readonly to: GroupId | undefined };

/** The messages between groups, and those of clerks. */
export interface GroupRpc {
  operate(request: OperateRequest): Promise<OperationResult | Refusal>;
  transact(request: TransactRequest): Promise<TransactReply | Refusal>;
  /** The client has the outcome of a transaction. */
  forget(request: ForgetRequest): Promise<Done | Refusal>;
  vote(request: VoteRequest): Promise<VoteReply | Refusal>;
  finish(request: FinishRequest): Promise<Done | Refusal>;
  pull(request: PullRequest): Promise<PullReply | NotLeader | Busy>;
  /** Whether the group has, or had, the custody with this number. */
  hasTaken(request: CustodyNumber): Promise<Taken | NotLeader>;
  deliver(request: Delivery): Promise<Taken | NotLeader>;
  inform(request: { readonly view: View }): Promise<Done | NotLeader | Busy>;
}

export interface Taken {
  readonly kind: 'taken';
  readonly isTaken: boolean;
}
