import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  check,
  counter,
  explain,
  findLongestPrefix,
  kv,
  queue,
  versionedKv,
  type KvInput,
  type KvOutput,
  type Model,
  type Operation,
} from '../src/index.ts';
import { relax } from '../src/explain/core.ts';
import { isLinearizable } from './brute-force.ts';
import {
  counterActions,
  counterOutputs,
  histories,
  kvActions,
  kvOutputs,
  queueActions,
  queueOutputs,
  versionedActions,
  versionedOutputs,
} from './histories.ts';

const RUNS = process.env['LOCKSTEP_FULL'] === '1' ? 5000 : 150;

/** How often an explanation of a violated history was found to be true. */
function explainAll<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: fc.Arbitrary<Operation<Input, Output>[]>,
): number {
  let explained = 0;
  fc.assert(
    fc.property(history, (operations) => {
      const explanation = explain(model, operations);
      expect(explanation === undefined).toBe(isLinearizable(model, operations));
      if (explanation === undefined) return;
      explained += 1;
      const { core, failing, isMinimal, isEarliest } = explanation;
      expect({ isMinimal, isEarliest }).toEqual({ isMinimal: true, isEarliest: true });
      const { partition, prefixLength } = explanation;
      expect(findLongestPrefix(model, operations)).toMatchObject({
        partition,
        failing,
        isEarliest,
        prefixLength,
      });
      expect(isLinearizable(model, relax(model, operations, new Set(core)))).toBe(false);
      for (const index of core) {
        const rest = new Set(core.filter((other) => other !== index));
        expect(isLinearizable(model, relax(model, operations, rest))).toBe(true);
      }
      const until = operations[failing]?.ret ?? 0;
      const cut = (isBefore: (ret: number, index: number) => boolean): Operation<Input, Output>[] =>
        operations
          .filter(({ call }) => call <= until)
          .map((operation, index) =>
            operation.ret !== undefined && isBefore(operation.ret, operations.indexOf(operation))
              ? operation
              : { ...operation, ret: undefined, client: index },
          );
      expect(
        isLinearizable(
          model,
          cut((ret, index) => ret < until || (ret === until && index < failing)),
        ),
      ).toBe(true);
      expect(
        isLinearizable(
          model,
          cut((ret, index) => ret < until || (ret === until && index <= failing)),
        ),
      ).toBe(false);
    }),
    { numRuns: RUNS, seed: Number(process.env['LOCKSTEP_SEED'] ?? 20261123) },
  );
  return explained;
}

describe('an explanation is true', () => {
  const UNIQUE = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
  test('kv, values mostly unique', () => {
    expect(explainAll(kv, histories(kv, kvActions(UNIQUE, true), kvOutputs, 6))).toBeGreaterThan(RUNS / 10);
  });
  test('kv, values that repeat', () => {
    expect(explainAll(kv, histories(kv, kvActions(['a', 'b'], true), kvOutputs, 6))).toBeGreaterThan(
      RUNS / 10,
    );
  });
  test('versioned kv', () => {
    const history = histories(versionedKv, versionedActions(), versionedOutputs, 6);
    expect(explainAll(versionedKv, history)).toBeGreaterThan(RUNS / 10);
  });
  test('queue', () => {
    const history = histories(queue, queueActions([1, 2, 3, 4, 5]), queueOutputs, 6);
    expect(explainAll(queue, history)).toBeGreaterThan(RUNS / 10);
  });
  test('counter', () => {
    const history = histories(counter, counterActions([1]), counterOutputs, 6);
    expect(explainAll(counter, history)).toBeGreaterThan(RUNS / 10);
  });
});

describe('in words', () => {
  const put = (client: number, value: string, call: number, ret: number): Operation<KvInput, KvOutput> => ({
    client,
    call,
    ret,
    input: { op: 'put', key: 'x', value },
  });
  const get = (client: number, output: string, call: number, ret: number): Operation<KvInput, KvOutput> => ({
    client,
    call,
    ret,
    input: { op: 'get', key: 'x' },
    output,
  });

  test('a stale read', () => {
    const history = [
      put(2, 'a', 0, 1),
      put(1, 'b', 2, 3),
      get(4, 'b', 3, 4),
      get(3, 'a', 5, 6),
      get(4, 'b', 7, 8),
    ];
    expect(explain(kv, history)).toMatchObject({
      partition: 'x',
      core: [0, 1, 3],
      failing: 3,
      prefixLength: 3,
      sentence:
        'get(x) = "a" by client 3, but put(x, "b") by client 1 had returned before it began, and ' +
        'put(x, "a") by client 2 had returned before put(x, "b") by client 1 began; ' +
        'no other operation can make up for that.',
    });
  });
  test('when each operation ran, where a clock tells, and in the end what time they all lie in', () => {
    const history = [put(2, 'a', 0, 1), put(1, 'b', 2, 3), get(3, 'a', 5, 5)];
    expect(explain(kv, history, { msAt: (moment) => moment * 100.25 })?.sentence).toBe(
      'get(x) = "a" by client 3 (at 501.3 ms), but put(x, "b") by client 1 (200.5 to 300.8 ms) had returned before ' +
        'it began, and put(x, "a") by client 2 (0.0 to 100.3 ms) had returned before put(x, "b") by client 1 began; ' +
        'no other operation can make up for that. All of that is from 0.0 to 501.3 ms.',
    );
  });
  test('a value from nowhere', () => {
    expect(explain(kv, [put(2, 'a', 0, 1), get(3, 'c', 5, 6)])?.sentence).toBe(
      'get(x) = "c" by client 3: no operations of this history, at whatever time and in whatever order, lead to that.',
    );
  });
  test('of several violated keys, the one that breaks first', () => {
    const late = [put(1, 'a', 0, 1), get(1, 'b', 9, 10)];
    const early = { client: 2, call: 2, ret: 3, input: { op: 'get', key: 'y' }, output: 'z' } as const;
    expect(explain(kv, [...late, early])).toMatchObject({ partition: 'y', failing: 2 });
  });
  test('a history that is in order has no explanation', () => {
    expect(check(kv, [put(1, 'a', 0, 1)]).verdict).toBe('linearizable');
    expect(explain(kv, [put(1, 'a', 0, 1)])).toBeUndefined();
  });
  test('where the longest prefix ends, and what was going on there', () => {
    const history = [
      put(2, 'a', 0, 1),
      put(1, 'b', 2, 3),
      get(4, 'b', 3, 4),
      put(5, 'c', 4, 9),
      get(3, 'a', 5, 6),
      get(4, 'b', 7, 8),
    ];
    expect(findLongestPrefix(kv, history)).toEqual({
      partition: 'x',
      failing: 4,
      isEarliest: true,
      prefixLength: 3,
      sentence:
        'the first 3 to return can be put in order, but no order is left when get(x) = "a" by client 3 returns. ' +
        'The last change to return before it began was put(x, "b") by client 1. ' +
        'Changes under way while it ran: put(x, "c") by client 5.',
    });
  });
  test('a bound on the steps is owned up to', () => {
    const history = [put(1, 'a', 0, 1), put(2, 'b', 2, 3), get(3, 'a', 4, 5), get(3, 'a', 6, 7)];
    const quickOnTheWhole: typeof kv = {
      ...kv,
      decide: (operations) =>
        operations.every(({ ret }) => ret !== undefined) && operations.length === history.length
          ? { linearizable: false, suspects: [] }
          : undefined,
    };
    const found = findLongestPrefix(quickOnTheWhole, history, { stepsPerQuestion: 1 });
    expect(found).toMatchObject({ failing: 3, isEarliest: false });
    expect(found?.sentence).toMatch(
      /^no order is left when get\(x\) = "a" by client 3 returns, if not before\./,
    );
  });
});
