import { decideRegister } from '../fast/register.ts';
import type { Model } from '../model.ts';
import {
  hasShape,
  isScalar,
  show,
  unknownOperation,
  type Decoded,
  type Format,
  type RecordedOperation,
  type Scalar,
} from './format.ts';

/** An operation on one of several registers, told apart by their keys. A register holds null at first. */
export type RegisterInput =
  | { readonly op: 'read'; readonly key: string }
  | { readonly op: 'write'; readonly key: string; readonly value: Scalar }
  | { readonly op: 'cas'; readonly key: string; readonly from: Scalar; readonly to: Scalar };

/** What a read saw, in a box, for null is a value too; whether a cas has replaced the value. */
export type RegisterOutput = { readonly value: Scalar } | boolean;

function step(state: Scalar, input: RegisterInput, output: RegisterOutput | undefined): Scalar | undefined {
  switch (input.op) {
    case 'read':
      return output === undefined || (typeof output === 'object' && output.value === state)
        ? state
        : undefined;
    case 'write':
      return input.value;
    case 'cas':
      if (output !== undefined && output !== (state === input.from)) return undefined;
      return state === input.from ? input.to : state;
  }
}

function describe(input: RegisterInput, output: RegisterOutput | undefined): string {
  const name = input.key === '' ? '' : `${input.key}, `;
  switch (input.op) {
    case 'read':
      return `read(${input.key})${typeof output === 'object' ? ` = ${show(output.value)}` : ''}`;
    case 'write':
      return `write(${name}${show(input.value)})`;
    case 'cas':
      return `cas(${name}${show(input.from)}, ${show(input.to)})${output === undefined ? '' : ` = ${show(output)}`}`;
  }
}

/** Registers with read and write. */
export const register: Model<Scalar, RegisterInput, RegisterOutput> = {
  name: 'register',
  initial: null,
  step,
  partition: (input) => input.key,
  observes: (input, output) =>
    input.op === 'read' || (input.op === 'cas' && (output === false || input.from === input.to)),
  decide: decideRegister,
  describe,
};

/** Registers with read, write and compare-and-set. */
export const casRegister: Model<Scalar, RegisterInput, RegisterOutput> = {
  ...register,
  name: 'cas-register',
};

function decode({ key, op, arg, out, returned }: RecordedOperation): Decoded<RegisterInput, RegisterOutput> {
  switch (op) {
    case 'read':
      if (!returned) return { input: { op, key }, output: undefined };
      return isScalar(out)
        ? { input: { op, key }, output: { value: out } }
        : '`out` of a read must be a scalar';
    case 'write':
      return isScalar(arg)
        ? { input: { op, key, value: arg }, output: undefined }
        : '`arg` of a write must be a scalar';
    default:
      return unknownOperation(op, ['read', 'write']);
  }
}

function decodeWithCas(record: RecordedOperation): Decoded<RegisterInput, RegisterOutput> {
  const { key, op, arg, out, returned } = record;
  if (op !== 'cas') {
    const decoded = decode(record);
    return op === 'read' || op === 'write' ? decoded : unknownOperation(op, ['read', 'write', 'cas']);
  }
  if (!hasShape(arg, ['from', 'to']) || !isScalar(arg.from) || !isScalar(arg.to))
    return '`arg` of a cas must be {"from": scalar, "to": scalar}';
  if (returned && typeof out !== 'boolean') return '`out` of a cas must be true or false';
  return { input: { op, key, from: arg.from, to: arg.to }, output: returned ? out === true : undefined };
}

/** {@link register} in files. */
export const registerFormat: Format<Scalar, RegisterInput, RegisterOutput> = { model: register, decode };

/** {@link casRegister} in files. */
export const casRegisterFormat: Format<Scalar, RegisterInput, RegisterOutput> = {
  model: casRegister,
  decode: decodeWithCas,
};
