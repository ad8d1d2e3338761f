import type { NodeId } from '@lockstep/api';
import type { Recorder } from '../trace/recorder.ts';
import type { TraceKind } from '../trace/event.ts';
import { TraceHash } from '../trace/hash.ts';
import { boundedViolation } from '../suite/verdict.ts';
import type { Violation } from '../suite/verdict.ts';
import { copyValue } from './copy.ts';
import { MAX_TIE, EventHeap } from './event-heap.ts';
import { SITE } from './chooser.ts';
import type { Chooser } from './chooser.ts';
import { Crossings } from './crossing.ts';
import type { Drain } from './drain.ts';
import type { Network } from './network.ts';
import type { Incarnation } from './incarnation.ts';
import type { SimNode } from './node.ts';

/** Something that happens at a time. `parent` is the trace event that caused it. */
export abstract class Scheduled {
  parent = 0;
  abstract fire(world: World): void;
}

/** Codes of what happens, for the trace hash. Never renumbered: recorded hashes are compared across versions. */
export const CODE = {
  boot: 1,
  request: 2,
  reply: 3,
  callFailure: 4,
  timer: 5,
  disk: 6,
  control: 7,
  script: 8,
  device: 9,
  send: 10,
  diskWrite: 11,
  observe: 12,
  crash: 13,
  fault: 14,
  log: 15,
} as const;

/** Why and with what a run ended. */
export interface Ending {
  readonly violation?: Violation & { readonly stack?: string; readonly notImplemented?: true };
}

/** Deterministic limits of a run; see `Budget`. */
export interface WorldLimits {
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  readonly timers: number;
  readonly logLines: number;
}

/** Limits that correct implementations stay far below. */
export const DEFAULT_LIMITS: WorldLimits = {
  events: 5_000_000,
  messages: 1_000_000,
  bytes: 1_000_000_000,
  timers: 10_000,
  logLines: 10_000,
};

/**
 * The simulated world: virtual time, the queue of what is to happen, and the accounts of what did.
 * What a message, a node or a disk is, its parts know; the world only puts events in order.
 */
export class World {
  /** Virtual time in µs. */
  nowUs = 0;
  /** Number of events executed; the position of the present one in the total order. */
  sequence = 0;
  /** Trace event that causes what is done now. */
  cause = 0;
  ending: Ending | undefined;
  /** A fault of the suite or the harness itself: the run has no verdict. */
  defect: Error | undefined;
  /** Whose event is being executed; `undefined` for the script's and the world's own. */
  running: Incarnation | undefined;
  /** Names of situations reached. */
  readonly reached = new Set<string>();
  readonly faults = new Map<string, number>();
  readonly hash = new TraceHash();
  /** Calls of the code under test into ours. */
  readonly crossings = new Crossings();
  readonly nodes: SimNode[] = [];
  readonly chooser: Chooser;
  readonly drain: Drain;
  readonly recorder: Recorder | undefined;
  readonly limits: WorldLimits;
  /** See `RunOptions`. */
  readonly onNodeEvent: ((node: NodeId, atMs: number) => void) | undefined;
  readonly #heap = new EventHeap<Scheduled>();
  readonly #byId = new Map<NodeId, SimNode>();
  #network: Network | undefined;

  constructor(options: {
    chooser: Chooser;
    drain: Drain;
    recorder?: Recorder | undefined;
    limits: WorldLimits;
    onNodeEvent?: ((node: NodeId, atMs: number) => void) | undefined;
  }) {
    this.chooser = options.chooser;
    this.drain = options.drain;
    this.recorder = options.recorder;
    this.limits = options.limits;
    this.onNodeEvent = options.onNodeEvent;
  }

  get network(): Network {
    if (this.#network === undefined) throw new Error('the world has no network yet');
    return this.#network;
  }

  set network(network: Network) {
    this.#network = network;
  }

  addNode(node: SimNode): void {
    this.nodes.push(node);
    this.#byId.set(node.id, node);
  }

  find(id: NodeId): SimNode | undefined {
    return this.#byId.get(id);
  }

  /** The node of this id; throws for an unknown one, with the ids that exist. */
  node(id: NodeId): SimNode {
    const node = this.#byId.get(id);
    if (node === undefined) {
      throw new RangeError(`there is no node "${id}"; the nodes are ${[...this.#byId.keys()].join(', ')}`);
    }
    return node;
  }

  /**
   * Puts an event into the queue. Events of one source at one time keep their order; those of
   * different sources are ordered by a choice.
   *
   * @param source a small integer that names who schedules: a node, a link, the script.
   */
  schedule(atUs: number, source: number, event: Scheduled): void {
    event.parent = this.cause;
    const tie = this.chooser.choose(SITE.tie, source, atUs, 0, MAX_TIE + 1);
    this.#heap.push(atUs, tie, event);
  }

  /** Executes up to `count` events; false when the run is over. */
  runSlice(count: number): boolean {
    for (let left = count; left > 0; left--) {
      if (this.ending !== undefined) return false;
      const event = this.#heap.pop();
      if (event === undefined) {
        this.fail({
          kind: 'liveness',
          property: 'progress',
          message: 'nothing is left to happen, and the test is still waiting',
        });
        return false;
      }
      // The heap's first time was the popped one's: the queue is ordered, so time only moves on.
      this.nowUs = this.#heap.poppedAt;
      event.fire(this);
    }
    return this.ending === undefined;
  }

  /** Opens an event: everything until the next one is its doing. */
  begin(code: number, source: number, detail: number, parent: number): void {
    this.sequence++;
    this.running = undefined;
    this.cause = parent;
    this.hash.add(this.nowUs, (code << 16) ^ source, detail);
    if (this.sequence > this.limits.events) {
      this.fail({
        kind: 'budget',
        property: 'bounded work',
        message: `the run exceeded ${this.limits.events} events; something keeps going without making progress`,
      });
    }
  }

  /** Ends the run with a violation; the first one counts. */
  fail(unbounded: NonNullable<Ending['violation']>): void {
    if (this.ending !== undefined) return;
    const violation = boundedViolation(unbounded);
    // Next to what happened, "no crash" would read as its opposite.
    const what = violation.property === 'no crash' ? 'crash' : violation.property;
    this.ending = { violation };
    this.trace('violation', violation.node, `${what}: ${violation.message}`);
  }

  /** Ends the run without a verdict: the suite or the harness is at fault. */
  abort(error: unknown): void {
    if (this.ending !== undefined) return;
    this.defect = error instanceof Error ? error : new Error(String(error));
    this.ending = {};
  }

  /** Ends the run without one. */
  finish(): void {
    this.ending ??= {};
  }

  /** Turns the end of a run without a violation into one with it: what is seen only when all is over. */
  judge(violation: Violation): void {
    this.ending = undefined;
    this.fail(violation);
  }

  /** Notes what the script does to a node, or to the network: in the hash, whole, and as the cause of what follows. */
  fault(node: SimNode | undefined, text: string): void {
    this.hash.add(node?.index ?? -1, CODE.fault, copyValue(text, 'the fault').hash);
    if (this.recorder !== undefined) this.cause = this.trace('fault', node?.id, text);
  }

  countFault(name: string): void {
    this.faults.set(name, (this.faults.get(name) ?? 0) + 1);
  }

  /** Adds to the recording, if there is one, and makes the event the cause of what follows when `cause` is set. */
  trace(kind: TraceKind, node: NodeId | undefined, text: string, message?: string): number {
    if (this.recorder === undefined) return 0;
    return this.recorder.add({ atUs: this.nowUs, kind, node, parent: this.cause, message, text });
  }
}
