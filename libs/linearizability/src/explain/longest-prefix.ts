import { returnOf, type Model, type Operation } from '../model.ts';
import { firstBroken, STEPS_PER_QUESTION, type Broken, type ExplainOptions } from './broken.ts';
import { prefixSentence } from './sentence.ts';

/** How far a violated history can be explained. Indexes are those of the history. */
export interface LongestPrefix {
  /** The partition that cannot be explained, of several the one that breaks first. */
  readonly partition: string;
  /** The operation with whose return the history becomes unexplainable. */
  readonly failing: number;
  /** False if a limit ended the search for that return: the longest explainable prefix may be shorter. */
  readonly isEarliest: boolean;
  /** How many operations had returned before `failing` did: the longest linearizable prefix. */
  readonly prefixLength: number;
}

/**
 * The longest prefix of a violated history that is linearizable, and in words the operation that ends it: what can be
 * said of a history too large for a minimal contradiction. `undefined` if no violation is found.
 */
export function findLongestPrefix<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  options: ExplainOptions = {},
): (LongestPrefix & { readonly sentence: string }) | undefined {
  const broken = firstBroken(model, history, options.stepsPerQuestion ?? STEPS_PER_QUESTION);
  if (broken === undefined) return undefined;
  const { operations } = broken.partition;
  return {
    ...longestPrefix(broken, history),
    sentence: prefixSentence(model, operations, broken, options.msAt),
  };
}

/** What is known of the longest prefix once the partition that breaks is. */
export function longestPrefix(
  { partition, failing, isEarliest }: Broken<unknown, unknown>,
  history: readonly Operation<unknown, unknown>[],
): LongestPrefix {
  const operation = partition.operations[failing];
  const until = operation === undefined ? Number.POSITIVE_INFINITY : returnOf(operation);
  return {
    partition: partition.name,
    failing: partition.indexes[failing] ?? 0,
    isEarliest,
    prefixLength: history.filter((other) => returnOf(other) < until).length,
  };
}
