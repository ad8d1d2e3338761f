import type { Host, NodeId } from '@lockstep/api';
import type { Lab } from '../suite/types.ts';
import type { Verdict } from '../suite/verdict.ts';
import type { Counters } from '../world/accounts.ts';
import type { TraceEvent } from '../trace/event.ts';

/**
 * An implementation's code, ready to be instantiated: once for each boot of each node, so that module-level variables
 * are private.
 */
export interface Implementation {
  /** For reports. */
  readonly name: string;
  /**
   * Evaluates the code afresh. The globals that it sees (console, timers, Date, randomness) are those
   * of `host`'s node. Throws what the module's top level throws.
   */
  instantiate(host: Host): Readonly<Record<string, unknown>>;
  /** Maps a stack of the implementation's code to its sources, its own frames only; empty when there are none. */
  readonly describeStack: (error: unknown) => string;
}

/** One run: a pure function of these. */
export interface RunOptions {
  readonly lab: Lab;
  /** A test id of the lab. */
  readonly test: string;
  readonly seed: string;
  /** The implementation under test, and of each layer below it by lab id. */
  readonly implementation: Implementation;
  readonly layers?: Readonly<Record<string, Implementation>>;
  /** Choices that replace the seed's own: site to value. */
  readonly overrides?: Readonly<Record<string, number>>;
  /** Replaces the plan that the test would draw. */
  readonly plan?: unknown;
  /** The run fails when it comes to more events; never more than the test itself allows. */
  readonly maxEvents?: number;
  /** Keep a full trace (the hash is always kept). */
  readonly record?: boolean;
  /** Ask `inspect()` of implementations that have it. */
  readonly inspect?: boolean;
  /** Measure what exploration needs; see `RunResult.exploration`. */
  readonly explore?: boolean;
  /** Keep the value of every choice made. For exploration and shrinking; costs memory. */
  readonly recordChoices?: boolean;
  /**
   * Runs one synchronous slice of the simulation (a thousand events). The runner wraps it in a
   * watchdog that throws when the slice takes too long by the wall clock. Default: just calls it.
   */
  readonly guard?: (slice: () => void, whereabouts: () => Whereabouts) => void;
  /** Called before each event of a node: for a debugger to stop there. Must not touch the run. */
  readonly onNodeEvent?: (node: NodeId, atMs: number) => void;
}

/** Where a run is. */
export interface Whereabouts {
  /** Whose event is being executed; absent for the script's and the world's own. */
  readonly node?: NodeId;
  /** Virtual time in ms. */
  readonly atMs: number;
  /** With `record`: what has happened so far. */
  readonly trace?: readonly TraceEvent[];
}

/** What one run gave. Everything but `wallMs` is the same on every machine with the same Node major. */
export interface RunResult {
  readonly test: string;
  readonly seed: string;
  readonly verdict: Verdict;
  /** Situations that were reached. */
  readonly reached: readonly string[];
  /** 64-bit hash over all events, in hex. */
  readonly traceHash: string;
  /** Virtual time when the run ended, in ms. */
  readonly simulatedMs: number;
  readonly counters: Counters;
  /** Faults that happened, by name: messages lost, crashes, … */
  readonly faults: Readonly<Record<string, number>>;
  /** Measured values with their bounds; see `ScriptWorld.bound`. */
  readonly bounds: readonly BoundResult[];
  /** The plan that the test drew. */
  readonly plan: unknown;
  /** With `record`. */
  readonly trace?: readonly TraceEvent[];
  /** With `explore`. */
  readonly exploration?: Exploration;
  /** With `recordChoices`: each choice made, in order. */
  readonly choices?: readonly { readonly site: string; readonly domain: number; readonly value: number }[];
}

/** What tells schedules of one scenario apart. */
export interface Exploration {
  /** Effects (messages sent, writes submitted) of each node: its crash points. */
  readonly effects: Readonly<Record<NodeId, number>>;
  /**
   * Hash of what each node did and in which order, without times: equal for runs that differ only in the order of
   * events
   * that have nothing to do with each other (the same happens-before relation; Mazurkiewicz traces).
   */
  readonly orderHash: string;
}

/** One measured value beside its bound. */
export interface BoundResult {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}
