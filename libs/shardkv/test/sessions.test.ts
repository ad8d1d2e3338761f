import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceNumbers } from '../src/sequence-numbers.ts';
import { Sessions } from '../src/sessions.ts';

describe('sessions', () => {
  it('let each operation happen once, whatever order copies of requests come in', () => {
    const copies = fc.shuffledSubarray(
      Array.from({ length: 24 }, (_, i) => ({ clerk: `c${i % 2}`, sequence: (i >> 1) % 6 })),
      { minLength: 24 },
    );
    fc.assert(
      fc.property(copies, (requests) => {
        const sessions = new Sessions<string>();
        const done: string[] = [];
        for (const { clerk, sequence } of requests) {
          if (sessions.look(clerk, sequence).kind !== 'new') continue;
          done.push(`${clerk}.${sequence}`);
          sessions.record(clerk, sequence, `${clerk}.${sequence}`);
        }
        expect(done).toHaveLength(12);
        expect(new Set(done).size).toBe(12);
      }),
    );
  });

  it('drop results that the clerk knows, and refuse late copies of their requests', () => {
    const sessions = new Sessions<number>();
    sessions.record('c', 0, 10);
    sessions.record('c', 1, 11);
    sessions.touch('c', 1);
    sessions.touch('c', 0);
    expect(sessions.look('c', 0)).toEqual({ kind: 'settled' });
    expect(sessions.look('c', 1)).toEqual({ kind: 'done', result: 11 });
    expect(sessions.save()).toEqual([['c', 1, [[1, 11]]]]);
  });

  it('are the same after they were stored', () => {
    const sessions = new Sessions<number | undefined>();
    sessions.record('c', 3, undefined);
    sessions.touch('c', 2);
    const restored = new Sessions<number | undefined>();
    restored.restore(structuredClone(sessions.save()));
    expect(restored.look('c', 1)).toEqual({ kind: 'settled' });
    expect(restored.look('c', 3)).toEqual({ kind: 'done', result: undefined });
    expect(restored.look('c', 4)).toEqual({ kind: 'new' });
  });
});

describe('sequence numbers', () => {
  it('are settled below the first operation that is not over', async () => {
    const numbers = new SequenceNumbers();
    for (let i = 0; i < 3; i++) expect(await numbers.take()).toBe(i);
    numbers.settle(1);
    expect(numbers.settledBelow).toBe(0);
    numbers.settle(0);
    expect(numbers.settledBelow).toBe(2);
  });

  it('keep a clerk from running far ahead of an operation that hangs', async () => {
    const numbers = new SequenceNumbers();
    for (let i = 0; i < 128; i++) await numbers.take();
    for (let i = 1; i < 128; i++) numbers.settle(i);
    let next: number | undefined;
    const taking = numbers.take().then((number) => (next = number));
    await Promise.resolve();
    expect(next).toBeUndefined();
    numbers.settle(0);
    await taking;
    expect(next).toBe(128);
  });
});
