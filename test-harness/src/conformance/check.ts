import type { Host, NodeId } from '@lockstep/api';

/**
 * What a node of a check can be asked to do, from outside: actions by name. Each takes and gives plain data, and may
 * be asynchronous. An action that throws fails the check.
 */
export type Actions = Readonly<Record<string, (argument: never) => unknown>>;

/** What runs on a node of a check: called once per boot with the node's Host. It keeps what it needs in closures. */
export type ConformanceService = (host: Host) => Actions;

/**
 * A world as the checks see it. Its nodes share a network that loses nothing; each has a disk that outlives its
 * crashes. Time passes by itself in the real world, and by events in a simulated one: checks wait for what is to
 * happen, and never look at how long it took.
 */
export interface ConformanceWorld {
  /**
   * Lets a node do an action of its service, and resolves with a copy of the result. Rejects when the action throws,
   * and when the node is down or crashes before the result is there.
   */
  run<T = unknown>(node: NodeId, action: string, argument?: unknown): Promise<T>;
  /** The node loses power. When it resolves, nothing of that boot happens any more. */
  crash(node: NodeId): Promise<void>;
  /** Boots a node that has crashed, with the same service and what is left of its disk. */
  restart(node: NodeId): Promise<void>;
  /** Lets so many milliseconds pass. */
  sleep(ms: number): Promise<void>;
}

/**
 * One promise of the node API, as a thing to try. The nodes of a check are booted before it runs and know each other
 * as peers. A world must also fail a check when a node of it crashes by itself, for instance because of a rejection
 * that nobody handled, before the check has ended or soon after.
 */
export interface ConformanceCheck {
  /** A sentence about the node API. */
  readonly name: string;
  /** True when nodes crash in it, or would if a promise were not kept: worth a process of the operating system each. */
  readonly isAboutCrashes: boolean;
  readonly nodes: Readonly<Record<NodeId, ConformanceService>>;
  run(world: ConformanceWorld): Promise<void>;
}

/** A promise of the node API that a Host does not keep. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
}
