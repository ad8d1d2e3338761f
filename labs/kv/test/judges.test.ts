import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import type { Violation } from '@lockstep/test-harness/suite';
import { describe, expect, it } from 'vitest';
import { judges } from '../judges/index.ts';
import type { KvSeen } from '../src/seen.ts';

const NODE = 'c1';

/** What the judges of a fresh run say of these observations, the first of them that says anything. */
function verdictOf(...seen: readonly KvSeen[]): Violation | undefined {
  const all = judges();
  const moment = (sequence: number) => ({ node: NODE, boot: 1, atMs: sequence, sequence });
  for (const [sequence, one] of seen.entries()) {
    for (const judge of all) {
      const violation = judge.observe(one, moment(sequence));
      if (violation !== undefined) return violation;
    }
  }
  return all.map((judge) => judge.finish?.(moment(seen.length))).find((violation) => violation !== undefined);
}

const called = (id: string, input: StoreInput): KvSeen => ({
  kind: 'called',
  text: '',
  id,
  client: id,
  input,
});
const returned = (id: string, output: StoreOutput): KvSeen => ({ kind: 'returned', text: '', id, output });
/** An operation that is over before the next one begins. */
const done = (id: string, input: StoreInput, output: StoreOutput): KvSeen[] => [
  called(id, input),
  returned(id, output),
];
const append = (value: string): StoreInput => ({ op: 'append', key: 'k', value });
const put = (value: string): StoreInput => ({ op: 'put', key: 'k', value });
const get: StoreInput = { op: 'get', key: 'k' };

describe('the judges', () => {
  it('say nothing of a history in which everything happened once and in order', () => {
    const history = [
      ...done('1', append('<a>'), 1),
      ...done('2', get, { value: '<a>', version: 1 }),
      ...done('3', { op: 'put-if', key: 'k', value: 'x', version: 0 }, false),
      ...done('4', put('<b>'), 2),
      ...done('5', get, { value: '<b>', version: 2 }),
    ];
    expect(verdictOf(...history)).toBeUndefined();
  });

  it('see a read that is out of date', () => {
    const history = [
      ...done('1', put('a'), 1),
      ...done('2', put('b'), 2),
      ...done('3', get, { value: 'a', version: 1 }),
    ];
    expect(verdictOf(...history)).toMatchObject({ property: 'linearizability', kind: 'safety' });
  });

  it('see two conditional puts that name one version and both succeed', () => {
    const race: StoreInput = { op: 'put-if', key: 'k', value: 'x', version: 0 };
    expect(verdictOf(...done('1', race, 1), ...done('2', race, 1))).toMatchObject({
      property: 'linearizability',
    });
  });

  it('let an operation of unknown outcome happen later, or never', () => {
    const doubt: KvSeen[] = [called('1', put('a')), { kind: 'unknown', text: '' }];
    const later = [
      ...done('2', get, { value: '', version: 0 }),
      ...done('3', get, { value: 'a', version: 1 }),
    ];
    expect(verdictOf(...doubt, ...later)).toBeUndefined();
    expect(verdictOf(...doubt, ...done('2', get, { value: '', version: 0 }))).toBeUndefined();
    const [early, late] = [
      { value: 'a', version: 1 },
      { value: '', version: 0 },
    ];
    expect(verdictOf(...doubt, ...done('2', get, early), ...done('3', get, late))).toBeDefined();
  });

  it('see an append that is found twice, and one that is lost', () => {
    const once = done('1', append('<a>'), 1);
    expect(verdictOf(...once, ...done('2', get, { value: '<a><a>', version: 2 }))).toMatchObject({
      property: 'exactly once',
    });
    expect(verdictOf(...once, ...done('2', get, { value: '', version: 0 }))).toMatchObject({
      property: 'exactly once',
    });
  });

  it('see two clients with one lock', () => {
    const lock = (kind: 'acquired' | 'releasing', holder: string): KvSeen => ({
      kind,
      text: '',
      lock: 'l',
      holder,
    });
    expect(verdictOf(lock('acquired', 'a'), lock('releasing', 'a'), lock('acquired', 'b'))).toBeUndefined();
    expect(verdictOf(lock('acquired', 'a'), lock('acquired', 'b'))).toMatchObject({
      property: 'mutual exclusion',
    });
  });

  it('see what the contract rules out', () => {
    expect(verdictOf({ kind: 'misused', what: 'something' })).toMatchObject({ property: 'contract' });
  });
});
