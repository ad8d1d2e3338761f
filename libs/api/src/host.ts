import type { CancelSignal } from './cancel-signal.ts';

/** Names a machine, e.g. `n1`. Ids are short, unique in a run, and never reused for another machine. */
export type NodeId = string;

/**
 * Everything that a node may touch. The same class that takes a `Host` runs in the simulator and,
 * unchanged, as an operating-system process with TCP and a disk.
 *
 * A `Host` belongs to one boot of one node. When the node crashes, its `Host` becomes inert: calls on
 * it do nothing, and promises that it handed out never settle.
 */
export interface Host {
  /** This node's own id. */
  readonly id: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Logger;

  /**
   * Registers the handlers that other nodes may call on this scope: the methods of `service`, own or
   * inherited. A handler gets the caller's arguments and a {@link CallContext}, and answers with a
   * value or a promise of one. A second call replaces the handlers of the first.
   * Before `serve` was called, callers get `RpcError("unavailable")`.
   */
  serve(service: object): void;

  /**
   * A typed client for the same scope on another node: each method of `S` becomes a call over the
   * network. Cheap to make, safe to keep. Calling one's own id is allowed and goes through the
   * network like any other call.
   *
   * @example
   * const reply = await host.peer<RaftRpc>('n2').requestVote({ term, candidateId }, { timeoutMs: 50 });
   */
  peer<S extends object>(id: NodeId): Client<S>;

  /**
   * The same node seen by another layer: own services, own disk names, own log and own counters.
   * `host.scope('a').scope('b')` is the scope `a/b`. Names are letters, digits, `-` and `_`.
   */
  scope(name: string): Host;
}

/** A node's own clock. It may be skewed, and may drift against other nodes' clocks. */
export interface Clock {
  /** Milliseconds since an arbitrary origin, with fractions; never goes back while the node is up. */
  now(): number;
  /** Resolves after `ms` milliseconds of this clock. Never rejects. */
  sleep(ms: number): Promise<void>;
  /**
   * Calls `run` once, after `ms` milliseconds of this clock. Timers due at the same time run in the order of their
   * making.
   */
  after(ms: number, run: () => void): Timer;
}

/** A pending call of {@link Clock.after}. */
export interface Timer {
  /** Makes sure that the function will not be called (any more). Harmless when it already was. */
  cancel(): void;
}

/** Randomness of this node and boot. In a simulation it is seeded, and says nothing about the network's. */
export interface Random {
  /** A number in [0, 1). */
  uniform(): number;
  /** An integer from `lo` to `hi`, both included. */
  integer(lo: number, hi: number): number;
}

/**
 * The disk of one scope of one node: a map from names to plain values (see {@link Value}).
 *
 * Asynchronous on purpose. A write is safe only once its promise has resolved: at a crash each
 * unconfirmed batch may have reached the disk or not, but never in part. A batch may be durable
 * though its confirmation was never delivered, and a write that was rejected has unknown fate.
 */
export interface Disk {
  /**
   * Writes every entry of `batch`, atomically: all of it, or (after a crash) none. `undefined` deletes a name.
   * Durable once it resolves. To the running node, batches take effect in the order of the calls; but of those that a
   * crash finds unconfirmed, a later one may survive without an earlier one.
   *
   * @throws {@link NotPlainData} at once, when a value is not plain data; nothing was written.
   * @throws {@link DiskError} (as a rejection) when the disk failed; whether the batch was written is unknown.
   */
  write(batch: Readonly<Record<string, unknown>>): Promise<void>;
  /** The value of `name`, or `undefined`. Sees this node's own writes at once, durable or not. */
  read<T = unknown>(name: string): Promise<T | undefined>;
  /** All entries whose names begin with `prefix` (default: all), sorted by name in UTF-16 code unit order. */
  entries<T = unknown>(prefix?: string): Promise<[name: string, value: T][]>;
  /** Bytes that this scope takes, its unconfirmed writes included: names and values in the canonical encoding. */
  readonly usedBytes: number;
}

/** Structured notes that land in the run's timeline, with node and time; never on a console of the grader's. */
export interface Logger {
  debug(message: string, data?: unknown): void;
  info(message: string, data?: unknown): void;
  warn(message: string, data?: unknown): void;
}

/** What a handler learns about the call besides its arguments. */
export interface CallContext {
  /** The node that called; stamped by the network, so it cannot be forged. */
  readonly from: NodeId;
}

/** Options of one call. */
export interface CallOptions {
  /** How long to wait for a reply, in milliseconds of this node's clock. Default: {@link DEFAULT_CALL_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  /** Ends the call early, with `RpcError("cancelled")`. The request may have been, or may yet be, executed. */
  readonly signal?: CancelSignal;
}

/** How long a call waits for its reply unless told otherwise: one second. */
export const DEFAULT_CALL_TIMEOUT_MS = 1000;

/**
 * The methods of a service as a caller sees them. A call always ends: with the reply's value, or with
 * an `RpcError`. Arguments and results are plain data (see {@link Value}) and arrive as copies.
 */
export type Client<S extends object> = {
  readonly [M in keyof S as S[M] extends (...args: never[]) => unknown ? M : never]: S[M] extends (
    ...args: infer P
  ) => infer R
    ? (args: P[0], options?: CallOptions) => Promise<Awaited<R>>
    : never;
};
