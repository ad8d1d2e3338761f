import type { Budget } from '../limit.ts';
import type { Model, Operation } from '../model.ts';
import { searchBreadthFirst } from './breadth-first.ts';
import { searchDepthFirst } from './depth-first.ts';
import { layOut, type SearchResult } from './problem.ts';

/** How many configurations the depth-first search may remember before the other one takes over. */
const NARROW_CAPACITY = 200_000;
/** And how many more for each operation: a long history with an explanation near at hand is no reason to give up. */
const CAPACITY_PER_OPERATION = 8;

/**
 * Decides one partition by search. Depth first finds an explanation soon when one lies close to the order of the
 * returns; when it has to remember too much, breadth first starts over, which forgets all that is behind it and keeps
 * only minimal sets of pending operations. The second costs at most what the first one had spent again.
 */
export function search<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  budget: Budget,
  strategy: 'both' | 'depth first' | 'breadth first' = 'both',
): SearchResult {
  const problem = layOut(model, operations);
  if (strategy === 'breadth first') return searchBreadthFirst(problem, budget);
  const capacity =
    strategy === 'both' ? NARROW_CAPACITY + problem.size * CAPACITY_PER_OPERATION : Number.POSITIVE_INFINITY;
  const result = searchDepthFirst(problem, budget, capacity);
  return result.kind === 'too wide' ? searchBreadthFirst(layOut(model, operations), budget) : result;
}

/**
 * Whether operations contradict each other even if others, of which only the inputs are given, may take effect at any
 * time and as often as one likes. False if they do not, or if the budget does not suffice to tell.
 */
export function isContradiction<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  free: readonly Input[],
  budget: Budget,
): boolean {
  return searchBreadthFirst(layOut(model, operations, free), budget).kind === 'violated';
}
