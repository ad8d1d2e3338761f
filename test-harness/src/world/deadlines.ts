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
  /** Length at which ended calls are swept out; twice what was alive at the last sweep. */
  #sweepAt = MIN_SWEEP;

  constructor(world: World) {
    super();
    this.#world = world;
  }

  add(call: Call): void {
    if (this.#calls.length >= this.#sweepAt) this.#sweep();
    this.#calls.push(call);
    if (!this.#isArmed) this.#arm();
  }

  /** Most calls end long before their deadlines; keeping them until then would keep all that they hold. */
  #sweep(): void {
    const alive: Call[] = [];
    for (let i = this.#head; i < this.#calls.length; i++) {
      const call = this.#calls[i];
      if (call?.isWaiting === true) alive.push(call);
    }
    this.#calls = alive;
    this.#head = 0;
    this.#sweepAt = Math.max(MIN_SWEEP, 2 * alive.length);
  }

  /** Waits for the deadline of the first call that has not ended. */
  #arm(): void {
    const calls = this.#calls;
    while (this.#head < calls.length && calls[this.#head]?.isWaiting !== true) this.#head++;
    const first = calls[this.#head];
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

const MIN_SWEEP = 64;
