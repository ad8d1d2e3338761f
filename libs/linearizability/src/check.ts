import { partitionsOf, type Partition } from './history.ts';
import { Budget, type Limit, type LimitReached } from './limit.ts';
import type { Model, Operation } from './model.ts';
import { search } from './search/search.ts';

/** How a check is made. */
export interface CheckOptions {
  /** When to give up. Without it the check always decides. */
  readonly limit?: Limit;
  /** Whether the model's decision procedure may answer: yes, unless the general search itself is to be tested. */
  readonly fastPaths?: boolean;
  /** Which search to use: both in turn, unless one of them is to be tested or measured. */
  readonly strategy?: 'both' | 'depth first' | 'breadth first';
}

/** What a check cost. */
export interface CheckCost {
  readonly partitions: number;
  /** Partitions that a decision procedure has answered without search. */
  readonly decidedFast: number;
  /** Transitions that the general search has tried. */
  readonly steps: number;
}

/**
 * The answer. `unknown` is never an acceptance: it says that the caller's own limit ended the check, and for no other
 * reason is it given.
 */
export type Verdict =
  | ({ readonly verdict: 'linearizable' } & CheckCost)
  | ({
      readonly verdict: 'violated';
      /** The name of a partition that cannot be explained. */
      readonly partition: string;
      /** Indexes, in the history, of all operations of that partition. */
      readonly indexes: readonly number[];
    } & CheckCost)
  | ({ readonly verdict: 'unknown'; readonly reached: LimitReached } & CheckCost);

/**
 * Decides whether a history is linearizable (Herlihy & Wing 1990): whether each operation can be given a moment
 * between its call and its return, such that, taken at these moments one after another, they are what the model does.
 * Pending operations may take effect at any moment after their call, or never.
 */
export function check<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): Verdict {
  const partitions = partitionsOf(model, history);
  const budget = new Budget(options.limit);
  let decidedFast = 0;
  const cost = (): CheckCost => ({ partitions: partitions.length, decidedFast, steps: budget.steps });
  const searched: Partition<Input, Output>[] = [];
  for (const partition of partitions) {
    const decision = options.fastPaths === false ? undefined : model.decide?.(partition.operations);
    if (decision === undefined) searched.push(partition);
    else decidedFast += 1;
    if (decision?.linearizable === false) return { verdict: 'violated', ...named(partition), ...cost() };
    const reached = budget.look();
    if (reached !== undefined) return { verdict: 'unknown', reached, ...cost() };
  }
  // Only now the partitions that need a search: a violation that is cheap to find has been found.
  for (const partition of searched) {
    const result = search(model, partition.operations, budget, options.strategy);
    if (result.kind === 'violated') return { verdict: 'violated', ...named(partition), ...cost() };
    if (result.kind === 'unknown') return { verdict: 'unknown', reached: result.reached, ...cost() };
  }
  return { verdict: 'linearizable', ...cost() };
}

function named<Input, Output>(
  partition: Partition<Input, Output>,
): {
  partition: string;
  indexes: readonly number[];
} {
  return { partition: partition.name, indexes: partition.indexes };
}
