import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  casRegister,
  check,
  counter,
  kv,
  lease,
  mutex,
  queue,
  register,
  set,
  store,
  transactions,
  versionedKv,
  type CheckOptions,
  type Model,
  type Operation,
} from '../src/index.ts';
import { isLinearizable } from './brute-force.ts';
import { flawOf } from './witness.ts';
import {
  counterActions,
  counterOutputs,
  histories,
  kvActions,
  kvOutputs,
  leaseActions,
  leaseOutputs,
  mutexActions,
  mutexOutputs,
  queueActions,
  queueOutputs,
  registerActions,
  registerOutputs,
  setActions,
  setOutputs,
  storeActions,
  storeOutputs,
  transactionsActions,
  transactionsOutputs,
  versionedActions,
  versionedOutputs,
} from './histories.ts';

const isFull = process.env['LOCKSTEP_FULL'] === '1';
/** Histories per row of the table below; a full run checks more than 100,000 in all. */
const RUNS = isFull ? 20_000 : 400;

const WAYS: readonly (readonly [string, CheckOptions])[] = [
  ['as it comes', {}],
  ['depth first', { fastPaths: false, strategy: 'depth first' }],
  ['breadth first', { fastPaths: false, strategy: 'breadth first' }],
];

interface Tally {
  legal: number;
  illegal: number;
  /** Answers of a decision procedure, and how many of them came with an order. */
  fast: number;
  orders: number;
}

/** Compares all ways of checking with brute force, and any order that is offered with the model. */
function compare<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: fc.Arbitrary<Operation<Input, Output>[]>,
): Tally {
  const tally: Tally = { legal: 0, illegal: 0, fast: 0, orders: 0 };
  fc.assert(
    fc.property(history, (operations) => {
      const isLegal = isLinearizable(model, operations);
      const expected = isLegal ? 'linearizable' : 'violated';
      for (const [way, options] of WAYS)
        expect(check(model, operations, options).verdict, way).toBe(expected);
      tally[isLegal ? 'legal' : 'illegal'] += 1;
      const decision = model.decide?.(operations);
      if (decision !== undefined) tally.fast += 1;
      if (!decision?.linearizable || decision.order === undefined) return;
      tally.orders += 1;
      expect(flawOf(model, operations, decision.order())).toBeUndefined();
    }),
    { numRuns: RUNS, seed: Number(process.env['LOCKSTEP_SEED'] ?? 20261123) },
  );
  return tally;
}

/** A generator that draws one sort only would prove little: each must be at least this share of the histories. */
function both(share: number): object {
  const least = expect.toSatisfy((count: number) => count >= RUNS * share) as unknown;
  return { legal: least, illegal: least };
}

function atLeast(share: number): unknown {
  return expect.toSatisfy((count: number) => count >= RUNS * share);
}

const UNIQUE = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'];
/** Some begin others, some end others, and some can be read in two ways. */
const OVERLAPPING = ['a', 'ab', 'abc', 'b', 'bc', 'c', 'cd', 'd', 'xa', 'xab', 'xy', 'z'];

describe('the verdict is that of brute force', () => {
  test('kv, values mostly unique', () => {
    const tally = compare(kv, histories(kv, kvActions(UNIQUE, false), kvOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.6), orders: atLeast(0.2) });
  });
  test('kv, values that begin and end each other', () => {
    const tally = compare(kv, histories(kv, kvActions(OVERLAPPING, false), kvOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.4) });
  });
  test('kv, values that repeat and run together', () => {
    const tally = compare(kv, histories(kv, kvActions(['a', 'b', 'ab', ''], false), kvOutputs));
    expect(tally).toMatchObject(both(0.1));
  });
  test('kv with cas, values mostly unique', () => {
    const tally = compare(kv, histories(kv, kvActions(UNIQUE, true), kvOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.5), orders: atLeast(0.1) });
  });
  test('kv with cas, values that repeat', () => {
    const tally = compare(kv, histories(kv, kvActions(['a', 'b', ''], true), kvOutputs));
    expect(tally).toMatchObject(both(0.1));
  });
  test('register, values mostly unique', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const tally = compare(register, histories(register, registerActions(values, false), registerOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.5), orders: atLeast(0.2) });
  });
  test('register, two values', () => {
    const tally = compare(register, histories(register, registerActions([1, 2], false), registerOutputs));
    expect(tally).toMatchObject(both(0.1));
  });
  test('compare-and-set register, values mostly unique', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    const tally = compare(
      casRegister,
      histories(casRegister, registerActions(values, true), registerOutputs),
    );
    expect(tally).toMatchObject({ ...both(0.05), fast: atLeast(0.3) });
  });
  test('compare-and-set register, values that repeat', () => {
    const tally = compare(
      casRegister,
      histories(casRegister, registerActions([1, 2], true), registerOutputs),
    );
    expect(tally).toMatchObject(both(0.1));
  });
  test('store', () => {
    const tally = compare(store, histories(store, storeActions(), storeOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.9) });
  });
  test('transactions', () => {
    const tally = compare(
      transactions,
      histories(transactions, transactionsActions(), transactionsOutputs, 6),
    );
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.9) });
  });
  test('versioned kv', () => {
    const tally = compare(versionedKv, histories(versionedKv, versionedActions(), versionedOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.9), orders: atLeast(0.3) });
  });
  test('mutex', () => {
    expect(compare(mutex, histories(mutex, mutexActions(), mutexOutputs))).toMatchObject(both(0.1));
  });
  test('lease', () => {
    expect(compare(lease, histories(lease, leaseActions(), leaseOutputs))).toMatchObject(both(0.1));
  });
  test('queue, values mostly unique', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const tally = compare(queue, histories(queue, queueActions(values), queueOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: atLeast(0.4) });
  });
  test('queue, values that repeat', () => {
    const tally = compare(queue, histories(queue, queueActions([1, 2]), queueOutputs));
    expect(tally).toMatchObject(both(0.1));
  });
  test('counter, equal amounts', () => {
    const tally = compare(counter, histories(counter, counterActions([1]), counterOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: RUNS });
  });
  test('counter, different amounts', () => {
    const tally = compare(counter, histories(counter, counterActions([1, 2, -1]), counterOutputs));
    expect(tally).toMatchObject(both(0.1));
  });
  test('set', () => {
    const tally = compare(set, histories(set, setActions(['add', 'remove', 'contains']), setOutputs));
    expect(tally).toMatchObject(both(0.04));
  });
  test('set that only grows', () => {
    const tally = compare(set, histories(set, setActions(['add', 'contains']), setOutputs));
    expect(tally).toMatchObject({ ...both(0.1), fast: RUNS });
  });
});
