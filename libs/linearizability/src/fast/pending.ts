import type { Decision, Operation } from '../model.ts';
import { AMBIGUOUS, NONE, type Chains } from './chains.ts';
import type { Decoded } from './decoder.ts';

/**
 * A pending compare-and-set that somebody observed has found its value, so it follows on the write of that value;
 * which may make that write, pending too, an observed one. `replaced` names the write that an operation follows on,
 * and is undefined for operations that follow on any.
 */
export function linkPending<Input>(
  chains: Chains,
  operations: readonly Operation<Input, unknown>[],
  replaced: (input: Input, index: number) => Decoded | undefined,
): Decision | 'ambiguous' | undefined {
  const waiting = [...operations.keys()].filter((index) => {
    const operation = operations[index];
    return operation?.ret === undefined && operation !== undefined && chains.isWrite[index] === 1;
  });
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const index of waiting) {
      const operation = operations[index];
      if (operation === undefined || chains.previous[index] !== NONE || !chains.isObserved(index)) continue;
      const found = replaced(operation.input, index);
      if (found === undefined) continue;
      if ('contradiction' in found) return { linearizable: false, suspects: [] };
      const writer = found.write;
      if (writer === AMBIGUOUS) return 'ambiguous';
      if (writer === NONE || chains.link(writer, index, index) !== undefined)
        return { linearizable: false, suspects: [] };
      isChanged = true;
    }
  }
  return undefined;
}
