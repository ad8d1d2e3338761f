import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '@lockstep/api';
import type { Life } from './life.ts';
import { ignore } from './promises.ts';
import { TimerHeap } from './timer-heap.ts';

/** The longest delay that Node's own timers take; a longer one is waited for in parts. */
const MAX_DELAY_MS = 0x7fff_ffff;

/**
 * The process's monotonic clock with timers that keep two promises which Node's own do not: none runs before its time
 * by `now()`, and they run in the order of their due times. Each is an event of its own: what a timer's function has
 * left to microtasks is done before the next one runs.
 */
export class ProcessClock implements Clock {
  readonly #life: Life;
  readonly #timers = new TimerHeap<PendingTimer>();
  #sequence = 0;
  #wakeUp: { readonly dueMs: number; cancel(): void } | undefined;
  #stoppedAtMs: number | undefined;

  constructor(life: Life) {
    this.#life = life;
  }

  now(): number {
    return this.#stoppedAtMs ?? performance.now();
  }

  after(ms: number, run: () => void): Timer {
    if (typeof run !== 'function') throw new TypeError('after() wants a function to call');
    if (typeof ms !== 'number' || Number.isNaN(ms))
      throw new TypeError(`after() wants a number of milliseconds, not ${String(ms)}`);
    if (!this.#life.isAlive) return Object.freeze({ cancel: ignore });
    const timer = new PendingTimer(this.now() + Math.max(0, ms), this.#sequence++, run);
    this.#timers.push(timer);
    this.#setWakeUp();
    return Object.freeze({
      cancel: () => {
        if (timer.cancel()) this.#timers.noteCancelled();
      },
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** The node is no more: time stands still, and no timer runs. */
  stop(): void {
    this.#stoppedAtMs ??= performance.now();
    this.#wakeUp?.cancel();
    this.#wakeUp = undefined;
    this.#timers.clear();
  }

  #setWakeUp(): void {
    const next = this.#timers.peek();
    if (next === undefined || (this.#wakeUp !== undefined && this.#wakeUp.dueMs <= next.dueMs)) return;
    this.#wakeUp?.cancel();
    const delayMs = Math.min(Math.ceil(next.dueMs - this.now()), MAX_DELAY_MS);
    this.#wakeUp = { dueMs: next.dueMs, cancel: schedule(delayMs, () => this.#wake()) };
  }

  #wake(): void {
    this.#wakeUp = undefined;
    const next = this.#timers.peek();
    const isDue = next !== undefined && next.dueMs <= this.now();
    if (isDue) this.#timers.pop();
    // Before the timer's function runs, for it may throw.
    this.#setWakeUp();
    if (isDue) next.fire();
  }
}

function schedule(delayMs: number, run: () => void): () => void {
  if (delayMs <= 0) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
  const timeout = setTimeout(run, delayMs);
  return () => clearTimeout(timeout);
}

class PendingTimer {
  readonly dueMs: number;
  readonly sequence: number;
  #run: (() => void) | undefined;
  #hasFired = false;

  constructor(dueMs: number, sequence: number, run: () => void) {
    this.dueMs = dueMs;
    this.sequence = sequence;
    this.#run = run;
  }

  get isCancelled(): boolean {
    return this.#run === undefined && !this.#hasFired;
  }

  /** False when there was nothing left to cancel. */
  cancel(): boolean {
    if (this.#run === undefined) return false;
    this.#run = undefined;
    return true;
  }

  fire(): void {
    const run = this.#run;
    this.#hasFired = true;
    this.#run = undefined;
    run?.();
  }
}
