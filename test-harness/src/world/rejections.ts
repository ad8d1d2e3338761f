import type { RejectionListener } from './drain.ts';
import type { Incarnation } from './incarnation.ts';
import { Scheduled } from './world.ts';
import type { World } from './world.ts';

/** A rejection may stay unhandled for so long, in virtual ms, before it is its node's crash. */
export const UNHANDLED_GRACE_MS = 5_000;

/**
 * Rejections that nobody handles. Code that awaits two promises one after the other leaves the second
 * unhandled for a while, which is no fault; what is still unhandled after the grace is a crash, as
 * it would be in a process.
 */
export class Rejections implements RejectionListener {
  readonly #open = new Set<Promise<unknown>>();
  #world: World | undefined;

  watch(world: World): void {
    this.#world = world;
  }

  unhandled(reason: unknown, promise: Promise<unknown>): void {
    const world = this.#world;
    const incarnation = world?.running;
    if (world === undefined || incarnation === undefined) {
      world?.abort(reason);
      return;
    }
    this.#open.add(promise);
    const check = new GraceEnd(() => {
      if (this.#open.delete(promise)) incarnation.failed(reason, ' (a rejected promise that nobody handled)');
    }, incarnation);
    world.schedule(world.nowUs + UNHANDLED_GRACE_MS * 1000, incarnation.node.index, check);
  }

  handled(promise: Promise<unknown>): void {
    this.#open.delete(promise);
  }
}

class GraceEnd extends Scheduled {
  readonly #check: () => void;
  readonly #incarnation: Incarnation;

  constructor(check: () => void, incarnation: Incarnation) {
    super();
    this.#check = check;
    this.#incarnation = incarnation;
  }

  fire(): void {
    if (this.#incarnation.alive) this.#check();
  }
}
