import type { Host, NodeId } from './host.ts';
import type { Apply, Raft, RaftOptions } from './raft.ts';

/** The version of this contract. A submission may export `contract = 'kv/1'` to say what it was written for. */
export const KV_CONTRACT = 'kv/1';

/**
 * What a submission's `kv.ts` exports as its default: the servers of a fault-tolerant key/value store, the clerks
 * through which clients use it, and a lock that is built on a clerk.
 */
export interface KvImplementation {
  readonly server: KvServerFactory;
  readonly clerk: KvClerkFactory;
  readonly lock: KvLockFactory;
}

/**
 * Makes the store on one server; called once per boot. It may be asynchronous. Until it has resolved, the server counts
 * as booting. How clerks talk to servers, and servers to each other beside Raft, is the implementation's own affair.
 *
 * @param host the server's world. Its messages, and those of the clerks, are in the same scope.
 * @param peers the *other* servers of the store, without this one. Never changes.
 */
export type KvServerFactory = (
  host: Host,
  peers: readonly NodeId[],
  deps: KvDeps,
  options: KvOptions,
) => KvServer | Promise<KvServer>;

/** What lies below a server. */
export interface KvDeps {
  /**
   * Starts this server's instance of the Raft below, in a scope of its own; to be called once per boot. Absent when
   * the server is the only one and nothing has to survive a crash.
   */
  readonly raft?: StartRaft;
  /** What {@link KvServer.save} has given before a planned restart; absent otherwise. */
  readonly saved?: unknown;
}

/** Starts an instance of Raft; see `RaftFactory` for the promise that it gives, and `Apply` for what comes up. */
export type StartRaft = (apply: Apply, options: RaftOptions) => Promise<Raft>;

/** Settings of the servers; the same on all of them. */
export interface KvOptions {
  /**
   * When Raft's log on this server takes about so many bytes, the server is to hand Raft a snapshot. All that Raft
   * has on disk, the snapshot apart, is to stay below eight times as much. Default: no snapshots at all.
   */
  readonly maxLogBytes?: number;
  /**
   * So many clerks, those that wrote last, must be remembered; others may be forgotten. A clerk that was forgotten can
   * no longer learn what became of a write: see {@link OutcomeUnknown}. Default: none may be forgotten.
   */
  readonly maxClerks?: number;
  /**
   * How gets are answered: through the log like writes (the default); by Raft's `readIndex`; or without any message
   * while the leader's lease holds, and by `readIndex` when it does not.
   */
  readonly reads?: 'log' | 'index' | 'lease';
  /** For Raft's option of the same name. Given whenever `reads` is `lease`. */
  readonly clockDriftBound?: number;
}

/** One boot of one server. */
export interface KvServer {
  /**
   * Everything that this server would have to know to go on after a planned restart, as plain data; asked of a server
   * without Raft alone. It must not grow with past requests.
   */
  save(): unknown;
}

/**
 * Makes a client of the store. One host may make several: each is a client of its own.
 *
 * @param servers the store's servers, in an order that says nothing.
 */
export type KvClerkFactory = (host: Host, servers: readonly NodeId[]) => KvClerk;

/**
 * A client of the store, which is linearizable (Herlihy and Wing, 1990). Each operation takes effect exactly once,
 * between its call and its end, however often messages are lost, delayed or delivered twice, and servers crash: a clerk
 * tries again for ever. Operations may be called while earlier ones of the same clerk are under way; they do not wait
 * for these, and take effect in any order.
 *
 * A key that was never written holds the empty string at version 0. Every write adds 1 to its key's version.
 *
 * An operation rejects with {@link OutcomeUnknown}, and with nothing else, when the servers have forgotten the clerk.
 * To the servers the clerk is a new one from then on: what it asks for next is carried out, and it is remembered again.
 */
export interface KvClerk {
  get(key: string): Promise<KvEntry>;
  /** Replaces the value; gives the new version. */
  put(key: string, value: string): Promise<number>;
  /** Puts `value` behind the key's value; gives the new version. */
  append(key: string, value: string): Promise<number>;
  /** Replaces the value if the key is at `version`; gives the new version, or `undefined` if it was not. */
  putIf(key: string, value: string, version: number): Promise<number | undefined>;
}

/** What a key holds. */
export interface KvEntry {
  readonly value: string;
  /** How many writes of this key have taken effect. */
  readonly version: number;
}

/** A write of which it cannot be known any more whether it has taken effect, or will; if so, then once. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/**
 * Makes one client's handle of the lock `name`. A lock may use the key `name`, and keys that begin with `name` and a
 * slash. Clients that have locks of the same name exclude each other.
 *
 * @param clerk not necessarily one of the same implementation: its operations keep {@link KvClerk}'s promises, and any
 *   write may reject with {@link OutcomeUnknown}, and yet take effect later.
 */
export type KvLockFactory = (host: Host, clerk: KvClerk, name: string) => KvLock;

/** One client's handle of a lock. */
export interface KvLock {
  /** Resolves once this client holds the lock. Never called while it does. */
  acquire(): Promise<void>;
  /** Gives the lock back; called by its holder alone. Resolves when others can acquire it. */
  release(): Promise<void>;
}
