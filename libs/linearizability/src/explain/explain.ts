import { partitionsOf, type Partition } from '../history.ts';
import { returnOf, type Model, type Operation } from '../model.ts';
import { findCore } from './core.ts';
import { growContradiction } from './grow.ts';
import { judge, type Judgement } from './judge.ts';
import { breakingPoint, prefixOf, returnsOf, type BreakingPoint } from './prefix.ts';
import { sentenceFor } from './sentence.ts';

/** Why a history is violated. All indexes are those of the history. */
export interface Explanation {
  /** The partition that cannot be explained, of several the one that breaks first. */
  readonly partition: string;
  /**
   * Operations that contradict each other, in the order of their calls. Forget when any one of them happened, whether
   * it did and what it returned, and the rest can be explained.
   */
  readonly core: readonly number[];
  /** False if a limit left in the core what may not be needed there. */
  readonly isMinimal: boolean;
  /** The contradiction in words. */
  readonly sentence: string;
  /** The operation with whose return the history becomes unexplainable. */
  readonly failing: number;
  /** False if a limit ended the search for that return: the longest explainable prefix may be shorter. */
  readonly isEarliest: boolean;
  /** How many operations had returned before `failing` did: the longest linearizable prefix. */
  readonly prefixLength: number;
}

/** How much an explanation may cost. */
export interface ExplainOptions {
  /** Steps of the general search for each of the questions that an explanation asks. */
  readonly stepsPerQuestion?: number;
}

const STEPS_PER_QUESTION = 20_000;
const STEPS_TO_GROW = 5;
const STEPS_FOR_VERDICT = 50_000_000;

interface Broken<Input, Output> extends BreakingPoint {
  readonly partition: Partition<Input, Output>;
  readonly suspects: readonly number[];
}

function suspectsOf(judgement: Judgement): readonly number[] {
  return judgement.verdict === 'violated' ? judgement.suspects : [];
}

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
  const { partition, failing, isEarliest } = broken;
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
  const failingReturn = returnOf(partition.operations[failing] ?? { call: 0, client: 0, input: undefined });
  return {
    partition: partition.name,
    core: inPartition.map((index) => partition.indexes[index] ?? 0),
    isMinimal: core.isMinimal,
    sentence: sentenceFor(model, operations),
    failing: partition.indexes[failing] ?? 0,
    isEarliest,
    prefixLength: history.filter((operation) => returnOf(operation) < failingReturn).length,
  };
}

function callOf(partition: Partition<unknown, unknown>, index: number): number {
  return partition.operations[index]?.call ?? 0;
}

/** Of the partitions that cannot be explained, the one that breaks first. */
function firstBroken<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  steps: number,
): Broken<Input, Output> | undefined {
  let first: Broken<Input, Output> | undefined;
  for (const partition of partitionsOf(model, history)) {
    const judgement = judge(model, partition.operations, STEPS_FOR_VERDICT);
    if (judgement.verdict !== 'violated') continue;
    const point = breakingPoint(
      model,
      partition.operations,
      // A prefix seldom costs more than the whole.
      Math.max(steps, judgement.steps * 2),
      judgement.failing,
    );
    const broken = { partition, suspects: judgement.suspects, ...point };
    if (first === undefined || momentOf(broken) < momentOf(first)) first = broken;
  }
  return first;
}

function momentOf({ partition, failing }: Broken<unknown, unknown>): number {
  const operation = partition.operations[failing];
  return operation === undefined ? Number.POSITIVE_INFINITY : returnOf(operation);
}
