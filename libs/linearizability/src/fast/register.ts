import type { Decision, Operation } from '../model.ts';
import type { RegisterInput, RegisterOutput } from '../models/register.ts';
import type { Scalar } from '../models/format.ts';
import { AMBIGUOUS, Chains, NONE } from './chains.ts';
import { placeFloating } from './floating.ts';
import { linkPending } from './pending.ts';
import { decideByZones } from './zones.ts';

/** Decides a register of which every value that anybody read, or replaced by cas, was written at most once. */
export function decideRegister(
  operations: readonly Operation<RegisterInput, RegisterOutput>[],
): Decision | undefined {
  const chains = new Chains(operations);
  const writers = new Map<Scalar, number>([[null, chains.initial]]);
  for (const [index, { input, ret, output }] of operations.entries()) {
    const written = writtenBy(input, ret === undefined ? undefined : output);
    if (written === undefined) continue;
    chains.isWrite[index] = 1;
    writers.set(written.value, writers.has(written.value) ? AMBIGUOUS : index);
  }
  const writerOf = (value: Scalar): number => writers.get(value) ?? NONE;
  for (const [index, { input, ret, output }] of operations.entries()) {
    if (ret === undefined || input.op === 'write') continue;
    if (output === undefined) return undefined;
    const value = input.op === 'cas' ? input.from : (output as { readonly value: Scalar }).value;
    const writer = writerOf(value);
    if (writer === AMBIGUOUS) return undefined;
    if (input.op === 'cas' && output === false) {
      chains.floating.set(index, writer);
      continue;
    }
    if (writer === NONE) return { linearizable: false, suspects: [index] };
    const suspects = chains.isWrite[index] === 1 ? chains.link(writer, index, index) : undefined;
    if (suspects !== undefined) return { linearizable: false, suspects };
    if (chains.isWrite[index] === 0) chains.see(index, writer);
  }
  const pending = linkPending(chains, operations, (input) =>
    input.op === 'cas' ? { write: writerOf(input.from) } : undefined,
  );
  return pending === 'ambiguous' ? undefined : (pending ?? placeFloating(chains, decideByZones(chains)));
}

/** The value that an operation may have written; a box, for null is a value too. */
function writtenBy(
  input: RegisterInput,
  output: RegisterOutput | undefined,
): { readonly value: Scalar } | undefined {
  if (input.op === 'write') return { value: input.value };
  return input.op === 'cas' && output !== false && input.from !== input.to ? { value: input.to } : undefined;
}
