import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  casRegister,
  check,
  counter,
  kv,
  queue,
  store,
  versionedKv,
  type Model,
  type Operation,
} from '../src/index.ts';
import {
  counterActions,
  counterOutputs,
  histories,
  kvActions,
  kvOutputs,
  queueActions,
  queueOutputs,
  registerActions,
  registerOutputs,
  storeActions,
  storeOutputs,
  versionedActions,
  versionedOutputs,
} from './histories.ts';

/** Too long for brute force: here the decision procedures and the two searches check each other. */
const LENGTH = 24;
const RUNS = process.env['LOCKSTEP_FULL'] === '1' ? 5000 : 100;
/** An open-ended search of a history that is hard on purpose would be no test but a wait. */
const STEPS = 200_000;

/** How many histories were compared; those that a search could not decide in its steps do not count. */
function compare<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: fc.Arbitrary<Operation<Input, Output>[]>,
): number {
  let compared = 0;
  fc.assert(
    fc.property(history, (operations) => {
      const verdicts = [
        check(model, operations, { limit: { steps: STEPS } }),
        check(model, operations, { fastPaths: false, strategy: 'depth first', limit: { steps: STEPS } }),
        check(model, operations, { fastPaths: false, strategy: 'breadth first', limit: { steps: STEPS } }),
      ].map(({ verdict }) => verdict);
      const known = new Set(verdicts.filter((verdict) => verdict !== 'unknown'));
      expect(known.size).toBeLessThanOrEqual(1);
      if (known.size > 0) compared += 1;
    }),
    { numRuns: RUNS, seed: Number(process.env['LOCKSTEP_SEED'] ?? 20261123) },
  );
  return compared;
}

describe('longer histories: all ways give the same verdict', () => {
  const tokens = Array.from({ length: 60 }, (_, n) => `${n.toString(36)};`);
  const numbers = Array.from({ length: 60 }, (_, n) => n);
  test('kv', () => {
    const history = histories(kv, kvActions(tokens, false), kvOutputs, LENGTH);
    expect(compare(kv, history)).toBeGreaterThan(RUNS * 0.8);
  });
  test('kv with cas', () => {
    const history = histories(kv, kvActions(tokens, true), kvOutputs, LENGTH);
    expect(compare(kv, history)).toBeGreaterThan(RUNS * 0.8);
  });
  test('register with cas', () => {
    const history = histories(casRegister, registerActions(numbers, true), registerOutputs, LENGTH);
    expect(compare(casRegister, history)).toBeGreaterThan(RUNS * 0.8);
  });
  test('store', () => {
    const history = histories(store, storeActions(), storeOutputs, LENGTH);
    expect(compare(store, history)).toBeGreaterThan(RUNS * 0.8);
  });
  test('versioned kv', () => {
    const history = histories(versionedKv, versionedActions(), versionedOutputs, LENGTH);
    expect(compare(versionedKv, history)).toBeGreaterThan(RUNS * 0.8);
  });
  test('queue', () => {
    const history = histories(queue, queueActions(numbers), queueOutputs, LENGTH);
    expect(compare(queue, history)).toBeGreaterThan(RUNS * 0.8);
  });
  test('counter', () => {
    const history = histories(counter, counterActions([2]), counterOutputs, LENGTH);
    expect(compare(counter, history)).toBeGreaterThan(RUNS * 0.8);
  });
});
