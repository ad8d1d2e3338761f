import { Budget } from '../limit.ts';
import type { Decision, Model, Operation } from '../model.ts';
import { search } from '../search/search.ts';

/** What is known of one partition, or of a part or variant of it. */
export type Judgement =
  | { readonly verdict: 'linearizable'; readonly order: () => readonly number[] | undefined }
  | {
      readonly verdict: 'violated';
      /** From the search: the operation whose response cannot be explained. */
      readonly failing?: number;
      readonly suspects: readonly number[];
      /** What the search has cost; 0 without one. */
      readonly steps: number;
    }
  | { readonly verdict: 'unknown' };

/** Judges one partition by its model's decision procedure, or else by search within a number of steps. */
export function judge<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  steps: number,
): Judgement {
  const decision = model.decide?.(operations, steps);
  if (decision !== undefined) return fromDecision(decision);
  const budget = new Budget({ steps });
  const result = search(model, operations, budget);
  switch (result.kind) {
    case 'linearizable':
      return { verdict: 'linearizable', order: () => result.order };
    case 'violated':
      return { verdict: 'violated', failing: result.failing, suspects: [], steps: budget.steps };
    case 'unknown':
      return { verdict: 'unknown' };
  }
}

function fromDecision(decision: Decision): Judgement {
  return decision.linearizable
    ? { verdict: 'linearizable', order: () => decision.order?.() }
    : { verdict: 'violated', suspects: decision.suspects, steps: 0 };
}

/** Operations that contradict each other, where a decision procedure could name them. */
export function suspectsOf(judgement: Judgement): readonly number[] {
  return judgement.verdict === 'violated' ? judgement.suspects : [];
}
