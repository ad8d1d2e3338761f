import type { Partition } from '../history.ts';
import type { Model, Operation } from '../model.ts';
import { firstBroken, STEPS_PER_QUESTION, type ExplainOptions } from './broken.ts';
import { findCore } from './core.ts';
import { growContradiction } from './grow.ts';
import { judge, suspectsOf } from './judge.ts';
import { longestPrefix, type LongestPrefix } from './longest-prefix.ts';
import { prefixOf, returnsOf } from './prefix.ts';
import { sentenceFor } from './sentence.ts';

/** Why a history is violated. All indexes are those of the history. */
export interface Explanation extends LongestPrefix {
  /**
   * Operations that contradict each other, in the order of their calls. Forget when any one of them happened, whether
   * it did and what it returned, and the rest can be explained.
   */
  readonly core: readonly number[];
  /** False if a limit left in the core what may not be needed there. */
  readonly isMinimal: boolean;
  /** The contradiction in words. */
  readonly sentence: string;
}

const STEPS_TO_GROW = 5;

/**
 * Explains a violation: the longest prefix that is linearizable, and a minimal set of operations that contradict each
 * other. `undefined` if no violation is found.
 */
export function explain<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  options: ExplainOptions = {},
): Explanation | undefined {
  const steps = options.stepsPerQuestion ?? STEPS_PER_QUESTION;
  const broken = firstBroken(model, history, steps);
  if (broken === undefined) return undefined;
  const { partition, failing } = broken;
  const returns = returnsOf(partition.operations);
  const prefix = prefixOf(partition.operations, returns, (returns.places[failing] ?? 0) + 1);
  // A contradiction within the prefix is the one to show. It may need an operation from beyond: the write, say, of a
  // value that was read before.
  const inPrefix = suspectsOf(judge(model, prefix.operations, steps)).map(
    (index) => prefix.indexes[index] ?? 0,
  );
  const candidates = [
    () => inPrefix,
    () => growContradiction(model, partition.operations, failing, steps * STEPS_TO_GROW) ?? [],
    () => prefix.indexes,
    () => broken.suspects,
  ];
  const core = findCore(model, partition.operations, candidates, steps);
  const inPartition = core.indexes.toSorted((a, b) => callOf(partition, a) - callOf(partition, b) || a - b);
  const operations = inPartition.flatMap((index) => partition.operations[index] ?? []);
  return {
    ...longestPrefix(broken, history),
    core: inPartition.map((index) => partition.indexes[index] ?? 0),
    isMinimal: core.isMinimal,
    sentence: sentenceFor(model, operations, options.msAt),
  };
}

function callOf(partition: Partition<unknown, unknown>, index: number): number {
  return partition.operations[index]?.call ?? 0;
}
