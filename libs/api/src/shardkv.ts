import type { Host, NodeId } from './host.ts';
import type { KvClerk, KvEntry, StartRaft } from './kv.ts';

/** The version of this contract. A submission may export `contract = 'shardkv/1'` to say what it was written for. */
export const SHARDKV_CONTRACT = 'shardkv/1';

/** How many shards the keys are divided into. */
export const SHARDS = 12;

/**
 * The number of no group: a shard that is assigned to it is served by nobody. What it holds is not lost: its next owner
 * gets it, from whoever had it last.
 */
export const NO_GROUP = 0;

/** A group of servers that replicate the same shards: a positive integer. */
export type GroupId = number;

/** The shard of a key, from 0 to {@link SHARDS} - 1: FNV-1a (32 bits) of the key's UTF-8, modulo {@link SHARDS}. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % SHARDS;
}

/**
 * What a submission's `shardkv.ts` exports as its default: a shard controller and its administrators' clerk, the
 * servers of the groups, and the clerk of the store that they are together.
 */
export interface ShardKvImplementation {
  readonly controller: ShardControllerFactory;
  readonly administrator: ShardAdministratorFactory;
  readonly server: ShardServerFactory;
  readonly clerk: ShardClerkFactory;
}

/**
 * Which group serves which shard. Configurations are numbered from 0, without gaps; number 0 has no groups, and assigns
 * every shard to {@link NO_GROUP}.
 */
export interface ShardConfiguration {
  readonly number: number;
  /** The group of each shard. */
  readonly shards: readonly GroupId[];
  /**
   * The groups that there are, and their servers. Keys are group ids in decimal digits; an id is one group's for ever.
   */
  readonly groups: Readonly<Record<string, readonly NodeId[]>>;
}

/**
 * Makes one server of the shard controller; called once per boot. It may be asynchronous. The controller is replicated:
 * it goes on as long as a majority of its servers does, and forgets nothing.
 *
 * @param host the server's world. All parties of this contract are in the same scope.
 * @param peers the *other* servers of the controller. Never changes.
 */
export type ShardControllerFactory = (
  host: Host,
  peers: readonly NodeId[],
  deps: ShardDeps,
  options: ShardOptions,
) => unknown;

/** What lies below a server. */
export interface ShardDeps {
  /**
   * Starts this server's instance of the Raft below, among the server and its peers, in a scope of its own; to be
   * called once per boot.
   */
  readonly raft: StartRaft;
}

/** Settings of servers; the same on all of them. */
export interface ShardOptions {
  /**
   * When Raft's log on a server takes about so many bytes, the server is to hand Raft a snapshot. All that Raft has on
   * disk, the snapshot apart, is to stay below eight times as much, where no single entry comes near that. Default: no
   * snapshots at all.
   */
  readonly maxLogBytes?: number;
}

/**
 * Makes an administrator's clerk of the controller.
 *
 * @param controllers the controller's servers, in an order that says nothing.
 */
export type ShardAdministratorFactory = (host: Host, controllers: readonly NodeId[]) => ShardAdministrator;

/**
 * An administrator's clerk of the shard controller, which is linearizable. Each operation takes effect exactly once,
 * however often messages are lost, delayed or delivered twice, and servers crash: the clerk tries again for ever.
 * Operations may be called while earlier ones are under way; they then take effect in any order.
 *
 * `join` and `leave` make one new configuration each, in which the shards are balanced: all are assigned to groups that
 * there are, two groups differ by one shard at most, and no more shards change their group than that takes; in
 * particular, at a join none moves between old groups, and at a leave none between those that stay. Without groups, all
 * shards are assigned to {@link NO_GROUP}.
 */
export interface ShardAdministrator {
  /** Adds groups; none of them is in the latest configuration. Resolves with the number of the new configuration. */
  join(groups: Readonly<Record<string, readonly NodeId[]>>): Promise<number>;
  /** Takes groups out, which are all in the latest configuration. Resolves with the number of the new one. */
  leave(groups: readonly GroupId[]): Promise<number>;
  /**
   * Assigns one shard to one group of the latest configuration, and moves no other. The next join or leave balances
   * again. Resolves with the number of the new configuration.
   */
  move(shard: number, group: GroupId): Promise<number>;
  /** The configuration of this number; the latest when there is no number, or none of it yet. */
  query(number?: number): Promise<ShardConfiguration>;
}

/** Where a server of a group finds itself. */
export interface ShardPlace {
  readonly group: GroupId;
  /** The *other* servers of its group. Never changes. */
  readonly peers: readonly NodeId[];
  /** The servers of the shard controller. Never changes. */
  readonly controllers: readonly NodeId[];
}

/**
 * Makes one server of a group; called once per boot. It may be asynchronous. A group serves the shards that the
 * controller's latest configuration assigns to it, once they have been handed over to it: their contents, and all that
 * it takes to do nothing twice. Nobody tells a group of a change; it has to find out.
 *
 * - A shard is served by one group at a time at most, and never loses what it holds, however many servers crash and
 *   restart, as long as their disks survive.
 * - A change leaves alone what does not move: such shards are served all the time. A shard that has arrived is served
 *   at once, whether or not others have.
 * - A group keeps nothing of a shard that it has handed over, beyond a number of bytes that does not depend on what the
 *   shard held, some time after the new owner has it for good. What Raft's last snapshot holds of it may stay until the
 *   next one is due.
 * - Nor does what it keeps grow with the configurations that it has gone through, or with the requests and
 *   transactions that are over, beyond a number of bytes for each shard and each operation that a clerk has had under
 *   way at the same time as others: what a clerk has been told, and a decision that everybody knows, are forgotten
 *   with its next requests.
 * - When nobody asks for anything, and shards are where they belong or wait for a server that is down, no server, the
 *   controller's among them, makes more than 60 calls a second for itself, those of Raft left out.
 */
export type ShardServerFactory = (
  host: Host,
  place: ShardPlace,
  deps: ShardDeps,
  options: ShardOptions,
) => unknown;

/**
 * Makes a client of the store. One host may make several: each is a client of its own.
 *
 * @param controllers the servers of the shard controller, in an order that says nothing.
 */
export type ShardClerkFactory = (host: Host, controllers: readonly NodeId[]) => ShardClerk;

/**
 * A client of the sharded store, which promises what {@link KvClerk} does, for all keys together, whichever groups
 * serve them and however they move: each operation takes effect exactly once, between its call and its end. It rejects
 * with nothing, since no clerk is ever forgotten.
 *
 * An operation ends within five seconds from when all groups that it needs are there, and nothing fails any more;
 * transactions that get into each other's way have twenty, and so has what waits for groups with many changes to go
 * through. A clerk that has found a shard's group reaches it although the controller is down.
 */
export interface ShardClerk extends KvClerk {
  /**
   * Reads and writes several keys, of any shards, as one operation. All histories are strictly serializable
   * (Papadimitriou 1979; Herlihy and Wing 1990, with one object that holds every key).
   *
   * If all writes that have a `version` find their key at it, the transaction commits: every write replaces its key's
   * value and adds 1 to its version. Otherwise nothing is written. A transaction that meets others is tried again until
   * it has come to one or the other.
   *
   * @param reads keys, each once.
   * @param writes of keys, each once; a key may be read and written.
   */
  transact(reads: readonly string[], writes: readonly ShardWrite[]): Promise<TransactionOutcome>;
}

/** One write of a transaction. */
export interface ShardWrite {
  readonly key: string;
  readonly value: string;
  /** The transaction is to commit only if the key is at this version. */
  readonly version?: number;
}

/** What came of a transaction. */
export interface TransactionOutcome {
  readonly hasCommitted: boolean;
  /**
   * What the keys to be read held at the moment of the transaction, just before its writes, in the order of `reads`;
   * the same when it has not committed.
   */
  readonly entries: readonly KvEntry[];
}
