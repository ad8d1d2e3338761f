import { decideCounter } from '../fast/counter.ts';
import type { Model } from '../model.ts';
import { unknownOperation, type Decoded, type Format, type RecordedOperation } from './format.ts';

/** An operation on a counter; `by` may be negative. */
export type CounterInput =
  | { readonly op: 'add'; readonly key: string; readonly by: number }
  | { readonly op: 'read'; readonly key: string };

/** Counters that start at 0. */
export const counter: Model<number, CounterInput, number> = {
  name: 'counter',
  initial: 0,
  step(state, input, output) {
    if (input.op === 'add') return state + input.by;
    return output === undefined || output === state ? state : undefined;
  },
  partition: (input) => input.key,
  observes: (input) => input.op === 'read',
  decide: decideCounter,
  describe(input, output) {
    const name = input.key === '' ? '' : `${input.key}, `;
    if (input.op === 'add') return `add(${name}${input.by})`;
    return `read(${input.key})${output === undefined ? '' : ` = ${output}`}`;
  },
};

function decode({ key, op, arg, out, returned }: RecordedOperation): Decoded<CounterInput, number> {
  switch (op) {
    case 'add':
      if (!Number.isSafeInteger(arg)) return '`arg` of an add must be an integer';
      return { input: { op, key, by: Number(arg) }, output: undefined };
    case 'read':
      if (returned && !Number.isSafeInteger(out)) return '`out` of a read must be an integer';
      return { input: { op, key }, output: returned ? Number(out) : undefined };
    default:
      return unknownOperation(op, ['add', 'read']);
  }
}

/** {@link counter} in files. */
export const counterFormat: Format<number, CounterInput, number> = { model: counter, decode };
