import type { KvEntry, ShardConfiguration } from '@lockstep/api';
import type { Elsewhere } from '../line.ts';
import type {
  Begun,
  FateReply,
  PrepareArgs,
  SettleArgs,
  Told,
  TransactInSession,
  Transacted,
  TransactionCommand,
  TransactionId,
  Votes,
} from '../transactions/messages.ts';
import type { Arrival, Welcome } from './holdings.ts';
import type { OperationId, Settled } from './operation.ts';
import type { Write, WriteResult } from './store.ts';

/** What goes through a group's log. */
export type Command = WriteInSession | TransactionCommand | Configure | Install | HandedOver;

/** A write, which its session lets happen once. */
export interface WriteInSession extends OperationId {
  readonly kind: 'write';
  /** The clerk knows what became of all its operations on the shard before this one. */
  readonly settledBelow: number;
  readonly write: Write;
}

/** Configurations, without a gap. Those that the group has already are passed over. */
export interface Configure {
  readonly kind: 'configure';
  readonly configurations: readonly ShardConfiguration[];
}

/** A shard has come from another group. */
export interface Install {
  readonly kind: 'install';
  readonly arrival: Arrival;
}

/** The new owner of a shard has it for good. */
export interface HandedOver {
  readonly kind: 'handed-over';
  readonly shard: number;
  readonly hop: number;
}

/** Why a group does not do what a clerk asks for. Nothing has happened; it is to ask again. */
export type Refusal =
  /** The shard is another group's, as of this configuration. */
  | { readonly kind: 'wrong-group'; readonly configuration: number }
  /** The shard is this group's, and has not come yet. */
  | { readonly kind: 'awaited' }
  /** A transaction holds the key. */
  | { readonly kind: 'locked' };

/** What comes of a write. */
export type Written = { readonly kind: 'written'; readonly version: WriteResult } | Settled | Refusal;

/** What comes of a read. */
export type Read = { readonly kind: 'entry'; readonly entry: KvEntry } | Refusal;

/** What comes of a command. */
export type Outcome = Written | Transacted | Begun | Votes | Told | Welcomed | { readonly kind: 'noted' };

/** What a group says to a shard that is sent to it. */
export interface Welcomed {
  readonly kind: 'welcome';
  readonly welcome: Welcome;
}

/** What the servers of a group serve to clerks and to other groups. */
export interface GroupRpc {
  write(command: WriteInSession): Promise<Written | Elsewhere>;
  get(args: { readonly key: string }): Promise<Read | Elsewhere>;
  transact(command: TransactInSession): Promise<Transacted | Refusal | Elsewhere>;
  /** A coordinator asks for votes. */
  prepare(args: PrepareArgs): Promise<Votes | Elsewhere>;
  /** A coordinator has decided. */
  settle(args: SettleArgs): Promise<Told | Elsewhere>;
  /** A shard that is prepared has not heard of the decision. */
  fate(id: TransactionId): Promise<FateReply | Refusal | Elsewhere>;
  /** Whether a shard is welcome: cheaper to ask than to send it in vain. */
  announce(args: Omit<Arrival, 'contents'>): Promise<Welcomed | Elsewhere>;
  /** Hands a shard over. When the answer is `wanted` or `known`, the group has it for good. */
  install(arrival: Arrival): Promise<Welcomed | Elsewhere>;
}
