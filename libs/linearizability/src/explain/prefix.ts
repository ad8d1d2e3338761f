import { returnOf, type Model, type Operation } from '../model.ts';
import { judge } from './judge.ts';

/** Where the explanation of a partition ends. */
export interface BreakingPoint {
  /** The index, in the partition, of the operation with whose return the history becomes unexplainable. */
  readonly failing: number;
  /** False if a limit ended the search for the first such return, so that an earlier one may be to blame. */
  readonly isEarliest: boolean;
}

/** Completed operations in the order of their returns, and the place of each in it. */
export interface Returns {
  readonly order: readonly number[];
  /** Beyond all places for those that never returned. */
  readonly places: Int32Array;
}

/** Puts the returns of a partition in order. */
export function returnsOf(operations: readonly Operation<unknown, unknown>[]): Returns {
  const order = returnOrder(operations);
  const places = new Int32Array(operations.length).fill(order.length);
  for (const [place, index] of order.entries()) places[index] = place;
  return { order, places };
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
  { order, places }: Returns,
  count: number,
): { readonly operations: Operation<Input, Output>[]; readonly indexes: number[] } {
  // With equal times calls come first: closed intervals that touch are concurrent.
  const until = endOf(operations, order[count - 1]);
  const prefix: Operation<Input, Output>[] = [];
  const indexes: number[] = [];
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index];
    if (operation === undefined || operation.call > until) continue;
    prefix.push(
      (places[index] ?? 0) < count ? operation : { ...operation, ret: undefined, output: undefined },
    );
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
  const returns = returnsOf(operations);
  let isEarliest = true;
  const breaks = (count: number): boolean => {
    const { verdict } = judge(model, prefixOf(operations, returns, count).operations, steps);
    // Where nothing is known, the later return is the safe one to name.
    if (verdict === 'unknown') isEarliest = false;
    return verdict === 'violated';
  };
  let legal = stuck === undefined ? 0 : (returns.places[stuck] ?? 0);
  let illegal = returns.order.length;
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
  return { failing: returns.order[illegal - 1] ?? 0, isEarliest };
}
