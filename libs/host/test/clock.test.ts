import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessClock } from '../src/clock.ts';
import { Life } from '../src/life.ts';
import { TimerHeap } from '../src/timer-heap.ts';

describe('the heap of timers', () => {
  it('gives out what was not cancelled, in the order of due time and making', () => {
    const timers = fc.array(fc.record({ dueMs: fc.nat({ max: 20 }), isCancelled: fc.boolean() }), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(timers, (made) => {
        const heap = new TimerHeap();
        const all = made.map(({ dueMs }, sequence) => ({ dueMs, sequence, isCancelled: false }));
        for (const timer of all) heap.push(timer);
        for (const [index, timer] of all.entries()) {
          if (made[index]?.isCancelled !== true) continue;
          timer.isCancelled = true;
          heap.noteCancelled();
        }
        const expected = all
          .filter(({ isCancelled }) => !isCancelled)
          .toSorted((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
        const taken = Array.from({ length: expected.length }, () => heap.pop());
        expect(taken).toEqual(expected);
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it('does not keep what was cancelled', () => {
    const heap = new TimerHeap();
    for (let n = 0; n < 10_000; n++) {
      const timer = { dueMs: n, sequence: n, isCancelled: false };
      heap.push(timer);
      timer.isCancelled = true;
      heap.noteCancelled();
    }
    expect(heap.size).toBeLessThan(200);
  });
});

describe('the clock of a process', () => {
  let clock: ProcessClock;
  beforeEach(() => (clock = new ProcessClock(new Life())));
  afterEach(() => clock.stop());

  it('runs no timer before its time, whatever fraction of a millisecond that is', async () => {
    const early: number[] = [];
    await Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        const ms = (n * 7.31) % 25;
        const start = clock.now();
        await clock.sleep(ms);
        if (clock.now() - start < ms) early.push(ms);
      }),
    );
    expect(early).toEqual([]);
  });

  it('runs timers in the order of their due times, even when it wakes up late', async () => {
    const order: number[] = [];
    const delays = [37, 12, 22, 2, 27, 7, 32];
    const all = delays.map(
      (ms) => new Promise<void>((resolve) => clock.after(ms, () => resolve(void order.push(ms)))),
    );
    const start = performance.now();
    while (performance.now() - start < 45);
    await Promise.all(all);
    expect(order).toEqual([2, 7, 12, 22, 27, 32, 37]);
  });

  it('finishes what one timer has left to microtasks before it runs the next', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      clock.after(0, () => {
        order.push('first');
        void Promise.resolve().then(() => order.push('left by the first'));
      });
      clock.after(0, () => {
        order.push('second');
        resolve();
      });
    });
    expect(order).toEqual(['first', 'left by the first', 'second']);
  });

  it('can wait for longer than the system can', async () => {
    let hasRun = false;
    for (const ms of [2 ** 31, 1e15, Infinity]) clock.after(ms, () => (hasRun = true));
    await clock.sleep(20);
    expect(hasRun).toBe(false);
  });

  it('takes a negative delay for none', async () => {
    await expect(clock.sleep(-5)).resolves.toBeUndefined();
  });

  it('refuses what is no delay, or no function', () => {
    expect(() => clock.after(NaN, () => undefined)).toThrow(TypeError);
    expect(() => clock.after(1, 'x' as unknown as () => void)).toThrow(TypeError);
  });
});
