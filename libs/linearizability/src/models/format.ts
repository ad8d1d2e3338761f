import type { Model } from '../model.ts';

/** What a line of a recorded history says about an operation, apart from its client and its times. */
export interface RecordedOperation {
  readonly key: string;
  readonly op: string;
  /** `undefined` when absent. */
  readonly arg: unknown;
  /** `undefined` when absent. */
  readonly out: unknown;
  readonly returned: boolean;
}

/** An operation as a model takes it, or a sentence that says why the model cannot. */
export type Decoded<Input, Output> = { readonly input: Input; readonly output: Output | undefined } | string;

/** A model together with the way in which its operations are written in a file. */
export interface Format<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  readonly decode: (record: RecordedOperation) => Decoded<Input, Output>;
}

/** A value that JSON has and that is neither an object nor an array. */
export type Scalar = string | number | boolean | null;

/** Whether a value of a file is a scalar. */
export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The complaint about an operation that the model does not have. */
export function unknownOperation(op: string, known: readonly string[]): string {
  return `unknown operation ${JSON.stringify(op)}: expected ${known.join(', ')}`;
}

/** Whether a value is an object with exactly these properties. */
export function hasShape<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Record<Name, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const own = Object.keys(value);
  return own.length === names.length && names.every((name) => own.includes(name));
}

/** A value as messages show it: JSON, cut when it is long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 60 ? text : `${text.slice(0, 40)}…${text.slice(-16)}`;
}
