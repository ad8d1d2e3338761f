import { returnOf, type Decision, type Operation } from '../model.ts';
import type { SetInput } from '../models/set.ts';
import { NONE } from './chains.ts';

/** A bound in time and the operation that sets it. */
interface Bound {
  readonly moment: number;
  readonly of: number;
}

/**
 * Decides an element that nobody removes. It comes in at one moment, by whichever addition is first: not before an
 * addition was called, nor after one has returned; not before a `contains` that missed it was called, nor after one
 * that found it has returned.
 */
export function decideSet(operations: readonly Operation<SetInput, boolean>[]): Decision | undefined {
  let firstAdd: Bound = { moment: Number.POSITIVE_INFINITY, of: NONE };
  let lastMiss: Bound = { moment: Number.NEGATIVE_INFINITY, of: NONE };
  let deadline: Bound = { moment: Number.POSITIVE_INFINITY, of: NONE };
  for (const [index, operation] of operations.entries()) {
    const { input, call, ret, output } = operation;
    if (input.op === 'remove') return undefined;
    if (input.op === 'contains' && ret === undefined) continue;
    if (input.op === 'contains' && output === undefined) return undefined;
    const isMiss = input.op === 'contains' && output === false;
    if (isMiss && call >= lastMiss.moment) lastMiss = { moment: call, of: index };
    if (input.op === 'add' && call < firstAdd.moment) firstAdd = { moment: call, of: index };
    if (!isMiss && returnOf(operation) < deadline.moment)
      deadline = { moment: returnOf(operation), of: index };
  }
  for (const bound of [firstAdd, lastMiss]) {
    if (deadline.moment < bound.moment)
      return { linearizable: false, suspects: [deadline.of, bound.of].filter((index) => index !== NONE) };
  }
  return { linearizable: true };
}
