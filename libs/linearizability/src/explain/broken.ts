import { partitionsOf, type Partition } from '../history.ts';
import { returnOf, type Model, type Operation } from '../model.ts';
import type { Clock } from './names.ts';
import { judge, suspectsOf } from './judge.ts';
import { breakingPoint, type BreakingPoint } from './prefix.ts';

/** How much an explanation may cost, and what time its sentence goes by. */
export interface ExplainOptions {
  /** Steps of the general search for each of the questions that an explanation asks. */
  readonly stepsPerQuestion?: number;
  /** Tells the time of the history's moments; then the sentence says when the operations ran that it names. */
  readonly msAt?: Clock;
}

/** What a question may cost when nobody says so. */
export const STEPS_PER_QUESTION = 20_000;
const STEPS_FOR_VERDICT = 50_000_000;

/** A partition that cannot be explained, and the return with which it became so. */
export interface Broken<Input, Output> extends BreakingPoint {
  readonly partition: Partition<Input, Output>;
  /** What a decision procedure says contradicts each other, as indexes in the partition. */
  readonly suspects: readonly number[];
}

/** Of the partitions that cannot be explained, the one that breaks first. */
export function firstBroken<State, Input, Output>(
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
    const broken = { partition, suspects: suspectsOf(judgement), ...point };
    if (first === undefined || momentOf(broken) < momentOf(first)) first = broken;
  }
  return first;
}

function momentOf({ partition, failing }: Broken<unknown, unknown>): number {
  const operation = partition.operations[failing];
  return operation === undefined ? Number.POSITIVE_INFINITY : returnOf(operation);
}
