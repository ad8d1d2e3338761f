import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventHeap, MAX_TIE } from '../../src/world/event-heap.ts';

describe('the queue of events', () => {
  it('gives events by time, then by tie, then in the order of their coming', () => {
    const keys = fc.record({ at: fc.integer({ min: 0, max: 20 }), tie: fc.constantFrom(0, 1, MAX_TIE) });
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 200 }), (events) => {
        const heap = new EventHeap<number>();
        events.forEach(({ at, tie }, index) => heap.push(at, tie, index));
        const expected = events
          .map((event, index) => ({ ...event, index }))
          .sort((a, b) => a.at - b.at || a.tie - b.tie || a.index - b.index)
          .map(({ index }) => index);
        expect(events.map(() => heap.pop())).toEqual(expected);
        expect(heap.pop()).toBeUndefined();
      }),
    );
  });

  it('keeps the order while pushes and pops mix', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 100 })), { maxLength: 300 }), (steps) => {
        const heap = new EventHeap<number>();
        const model: number[] = [];
        const popped: (number | undefined)[] = [];
        const expected: (number | undefined)[] = [];
        for (const at of steps) {
          if (at === null) {
            model.sort((a, b) => a - b);
            expected.push(model.shift());
            popped.push(heap.pop());
          } else {
            heap.push(at, 0, at);
            model.push(at);
          }
        }
        expect(popped).toEqual(expected);
        expect(heap.size).toBe(model.length);
      }),
    );
  });

  it('grows beyond its first capacity', () => {
    const heap = new EventHeap<number>();
    for (let i = 5000; i > 0; i--) heap.push(i, 0, i);
    for (let i = 1; i <= 5000; i++) expect(heap.pop()).toBe(i);
  });
});
