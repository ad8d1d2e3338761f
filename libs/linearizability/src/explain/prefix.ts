import { returnOf, type Model, type Operation } from '../model.ts';
import { judge } from './judge.ts';

/** Where the explanation of a partition ends. */
export interface BreakingPoint {
  /** The index, in the partition, of the operation with whose return the history becomes unexplainable. */
  readonly failing: number;
  /** False if a limit ended the search for the first such return, so that an earlier one may be to blame. */
  readonly isEarliest: boolean;
}

/** Completed operations in the order of their returns. */
export function returnOrder(operations: readonly Operation<unknown, unknown>[]): number[] {
  const ends = operations.map(returnOf);
  return [...operations.keys()]
    .filter((index) => (ends[index] ?? 0) < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => (ends[a] ?? 0) - (ends[b] ?? 0) || a - b);
}

/**
 * The history as it was just after the first `count` returns: whoever has not returned by then is pending, and whoever
 * was called later is not there. `indexes` leads back to the operations.
 */
export function prefixOf<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  byReturn: readonly number[],
  count: number,
): { readonly operations: Operation<Input, Output>[]; readonly indexes: number[] } {
  const returned = new Set(byReturn.slice(0, count));
  // With equal times calls come first: closed intervals that touch are concurrent.
  const until = endOf(operations, byReturn[count - 1]);
  const prefix: Operation<Input, Output>[] = [];
  const indexes: number[] = [];
  for (const [index, operation] of operations.entries()) {
    if (operation.call > until) continue;
    prefix.push(returned.has(index) ? operation : { ...operation, ret: undefined, output: undefined });
    indexes.push(index);
  }
  return { operations: prefix, indexes };
}

function endOf(operations: readonly Operation<unknown, unknown>[], index: number | undefined): number {
  const operation = index === undefined ? undefined : operations[index];
  return operation === undefined ? Number.NEGATIVE_INFINITY : returnOf(operation);
}

/**
 * Finds the return with which a violated partition became so. Whatever explains a history explains each of its
 * prefixes, so the return is found by bisection. `stuck` is where a search of the whole could not go on: it knew what
 * the operations then open would return later, so the prefix may break later than that, but not before.
 */
export function breakingPoint<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  steps: number,
  stuck?: number,
): BreakingPoint {
  const byReturn = returnOrder(operations);
  let isEarliest = true;
  const breaks = (count: number): boolean => {
    const { verdict } = judge(model, prefixOf(operations, byReturn, count).operations, steps);
    // Where nothing is known, the later return is the safe one to name.
    if (verdict === 'unknown') isEarliest = false;
    return verdict === 'violated';
  };
  let legal = stuck === undefined ? 0 : byReturn.indexOf(stuck);
  let illegal = byReturn.length;
  // From where the search was stuck it is seldom far.
  for (let reach = 1; stuck !== undefined && legal + reach < illegal; reach *= 2) {
    if (breaks(legal + reach)) illegal = legal + reach;
    else legal += reach;
  }
  while (illegal - legal > 1) {
    const middle = (legal + illegal) >>> 1;
    if (breaks(middle)) illegal = middle;
    else legal = middle;
  }
  return { failing: byReturn[illegal - 1] ?? 0, isEarliest };
}
