import type { Host, NodeId } from './host.ts';

/** The version of this contract. A submission may export `contract = 'raft/1'` to say what it was written for. */
export const RAFT_CONTRACT = 'raft/1';

/**
 * What a Raft submission's entry file exports as its default: makes the Raft instance of one server.
 *
 * It is called once per boot. It may be asynchronous (to read the disk, say); until it has resolved,
 * the server counts as booting: it leads nobody and is asked nothing.
 *
 * @param host the server's world. Disk, messages and counters of this scope are Raft's.
 * @param peers the *other* servers of the cluster, without this one. Never changes. A cluster of n servers has n - 1
 *   peers.
 * @param apply takes committed entries to the service above; see {@link Apply}.
 * @param options see {@link RaftOptions}.
 */
export type RaftFactory = (
  host: Host,
  peers: readonly NodeId[],
  apply: Apply,
  options: RaftOptions,
) => Raft | Promise<Raft>;

/** One server's Raft instance, as the service above it sees it. */
export interface Raft {
  /**
   * Proposes a command for the replicated log. Returns at once, and promises nothing: the command may
   * be committed later, or lost if leadership is. `undefined` means: this server is not the leader.
   *
   * The first entry of a log has index 1. Raft adds no entries of its own, so that a fresh leader's
   * first command gets the index after its last entry.
   *
   * @param command plain data; copied before `start` returns.
   */
  start(command: unknown): StartResult | undefined;

  /** What this server currently believes. Must be cheap and free of effects: the harness reads it after every event. */
  status(): RaftStatus;

  /**
   * The service has stored everything up to and including `index` in `data`; Raft may discard those
   * entries, keeps `data`, and gives it to servers that lag behind (InstallSnapshot) and to this
   * server's service on its next boot. May be called from inside `apply`. A snapshot not newer than
   * the current one is ignored; one beyond what has been applied is the service's mistake, and may throw. (Raft §7)
   *
   * @param data plain data; copied before `snapshot` returns.
   */
  snapshot(index: number, data: unknown): void;

  /**
   * Optional. Resolves with an index such that a read of the state machine is linearizable once that
   * index has been applied (Raft dissertation §6.4). Rejects when this server is not, or ceases to be,
   * the leader, and while no entry of its own term has been committed.
   */
  readIndex?(): Promise<number>;

  /**
   * Optional. The same index without any messages, while a leader lease holds that allows for
   * {@link RaftOptions.clockDriftBound}; `undefined` when it does not hold.
   */
  leaseReadIndex?(): number | undefined;

  /** Optional. Lets judges name a broken invariant earlier; no verdict depends on it. Must not touch the `Host`. */
  inspect?(): RaftInspection;
}

/** The answer to an accepted {@link Raft.start}: where the command will be, if it is ever committed. */
export interface StartResult {
  readonly index: number;
  readonly term: number;
}

/** What a server believes about itself and its leader. */
export interface RaftStatus {
  readonly term: number;
  readonly isLeader: boolean;
  /** Who leads this term, when known. */
  readonly leaderHint?: NodeId;
}

/** Settings that the service above chooses. */
export interface RaftOptions {
  /**
   * Called once for each term in which this server wins an election, when it has become leader. A
   * service that needs entries of the new term to commit may start a no-op from here.
   */
  readonly onLeader?: (term: number) => void;
  /**
   * The most by which a clock may run fast or slow, as a fraction: with 0.01, an hour may measure as 59.4 to
   * 60.6 minutes. Leases and `leaseReadIndex` are off unless it is given.
   */
  readonly clockDriftBound?: number;
}

/**
 * Takes one message up to the service: strictly in log order, one at a time. When it returns a
 * promise, the next message waits for it. On boot a server with a stored snapshot delivers that
 * snapshot first. After a snapshot with index i, the next command has index i + 1. It may be called before the
 * factory's promise has resolved. The message is the service's own: Raft hands over a copy.
 */
export type Apply = (message: ApplyMessage) => void | Promise<void>;

/** A committed entry, or a snapshot that replaces everything up to its index. */
export type ApplyMessage =
  | { readonly kind: 'command'; readonly index: number; readonly term: number; readonly command: unknown }
  | { readonly kind: 'snapshot'; readonly index: number; readonly term: number; readonly data: unknown };

/** A view into one server's state in the names of Raft's Figure 2; pulled by judges, entry by entry. */
export interface RaftInspection {
  readonly role: 'follower' | 'candidate' | 'leader';
  readonly currentTerm: number;
  readonly votedFor: NodeId | undefined;
  readonly commitIndex: number;
  readonly lastApplied: number;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  /** The index of the last entry; `lastIncludedIndex` when there is none after the snapshot. */
  readonly lastIndex: number;
  /** The entry at `index`, or `undefined` when it is compacted or beyond the end. */
  entry(index: number): { readonly term: number; readonly command: unknown } | undefined;
}
