import { CallFailure } from './rpc.ts';
import type { Call } from './rpc.ts';
import { Scheduled } from './world.ts';
import type { World } from './world.ts';

/**
 * The deadlines of calls. Nearly all calls end long before theirs, so a heap entry for each would
 * make the queue mostly dead. Calls of the same duration expire in the order of their making: a FIFO
 * for each duration, with only its first live call in the heap.
 */
export class Deadlines {
  readonly #world: World;
  readonly #byDuration = new Map<number, DurationQueue>();

  constructor(world: World) {
    this.#world = world;
  }

  add(call: Call, durationUs: number): void {
    let queue = this.#byDuration.get(durationUs);
    if (queue === undefined) {
      queue = new DurationQueue(this.#world);
      this.#byDuration.set(durationUs, queue);
    }
    queue.add(call);
  }
}

class DurationQueue extends Scheduled {
  readonly #world: World;
  #calls: Call[] = [];
  #head = 0;
  #isArmed = false;

  constructor(world: World) {
    super();
    this.#world = world;
  }

  add(call: Call): void {
    this.#calls.push(call);
    if (!this.#isArmed) this.#arm();
  }

  /** Drops ended calls from the front, and waits for the first that has not. */
  #arm(): void {
    const calls = this.#calls;
    while (this.#head < calls.length && calls[this.#head]?.isWaiting !== true) this.#head++;
    const first = calls[this.#head];
    if (first === undefined || this.#head > 1024) {
      this.#calls = calls.slice(this.#head);
      this.#head = 0;
    }
    this.#isArmed = first !== undefined;
    if (first !== undefined) this.#world.schedule(first.deadlineUs, first.caller.node.index, this);
  }

  override fire(world: World): void {
    for (;;) {
      const call = this.#calls[this.#head];
      if (call === undefined || call.deadlineUs > world.nowUs) break;
      this.#head++;
      if (call.isWaiting) world.schedule(world.nowUs, call.caller.node.index, new CallFailure(call));
    }
    this.#arm();
  }
}
