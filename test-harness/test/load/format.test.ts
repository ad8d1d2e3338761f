import { describe, expect, it } from 'vitest';
import { formatLine } from '../../src/load/globals/format.ts';

function show(...values: unknown[]): string {
  return formatLine(values, () => '');
}

describe('what console shows', () => {
  it('reads like a console', () => {
    expect(show('term', 3, undefined, null, true, 10n, -0, Symbol('s'))).toBe(
      'term 3 undefined null true 10n -0 Symbol(s)',
    );
    expect(show({ a: 1, 'b-c': ['x', { d: new Map([[1, 'one']]) }] }, new Set([1]))).toBe(
      `{ a: 1, 'b-c': ['x', { d: Map { 1 => 'one' } }] } Set { 1 }`,
    );
    expect(
      show(
        new (class Entry {
          term = 2;
        })(),
        Object.create(null),
        [],
        {},
        new Uint8Array(2),
      ),
    ).toBe('Entry { term: 2 } [no prototype] {} [] {} Uint8Array [0, 0]');
    expect(show(new RangeError('too far'), new Date(0), /x/, Promise.resolve(), () => 1, show)).toBe(
      'RangeError: too far 1970-01-01T00:00:00.000Z RegExp Promise [Function] [Function show]',
    );
    expect(show('%s has %d entries, %j%% %s', 'n1', 4, { a: 1 }, 'x', 'rest')).toBe(
      'n1 has 4 entries, { a: 1 }% x rest',
    );
  });

  it('says where an error comes from, when that is known', () => {
    expect(formatLine([new Error('lost')], () => 'raft.ts:3:7')).toBe('Error: lost (raft.ts:3:7)');
  });

  it('never runs code of the values', () => {
    const trap = (): never => {
      throw new Error('code ran');
    };
    const handler = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, trap]));
    const values = [
      {
        get a(): never {
          return trap();
        },
      },
      { toString: trap, toJSON: trap, valueOf: trap, [Symbol.toPrimitive]: trap, inspect: trap },
      new Proxy({}, handler),
      Object.create(new Proxy({}, handler)),
      Object.defineProperty([1, 2], 0, { get: trap, enumerable: true }),
      Object.defineProperty(new Error('e'), 'message', { get: trap }),
      Object.setPrototypeOf(new Map([[1, 2]]), {
        get size(): never {
          return trap();
        },
        entries: trap,
        [Symbol.iterator]: trap,
      }),
      class {
        static get [Symbol.toStringTag](): never {
          return trap();
        }
      },
    ];
    for (const value of values) expect(typeof show(value, [value])).toBe('string');
    expect(show(new Proxy({}, handler))).toBe('[Proxy]');
    expect(show(values[0])).toBe('{ a: [Getter] }');
  });

  it('keeps to its budget', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    expect(show(cyclic)).toBe('[[Circular]]');
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = { deep };
    expect(show(deep)).toBe('{ deep: { deep: { deep: { deep: [Object] } } } }');
    const wide = Array.from({ length: 1e5 }, (_, index) => ({ index, more: 'x'.repeat(1000) }));
    expect(show(wide, new Map(wide.entries()), 'y'.repeat(1e6)).length).toBeLessThanOrEqual(2000);
    expect(show(Array.from({ length: 100 }, () => 0))).toMatch(/… 60 more\]$/);
  });
});
