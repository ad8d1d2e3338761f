import { decideVersioned } from '../fast/versions.ts';
import type { Model } from '../model.ts';
import {
  hasShape,
  show,
  unknownOperation,
  type Decoded,
  type Format,
  type RecordedOperation,
} from './format.ts';

/** A value and how many times it has been written. */
export interface Versioned {
  readonly value: string;
  readonly version: number;
}

/**
 * An operation on one key of a store in which each write names the version that it replaces. A key that was never
 * written holds "" at version 0.
 */
export type VersionedInput =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put'; readonly key: string; readonly value: string; readonly version: number };

/** What a get read; whether a put found its version and replaced the value. */
export type VersionedOutput = Versioned | boolean;

function step(
  state: Versioned,
  input: VersionedInput,
  output: VersionedOutput | undefined,
): Versioned | undefined {
  if (input.op === 'get') {
    if (output === undefined) return state;
    return typeof output === 'object' && output.value === state.value && output.version === state.version
      ? state
      : undefined;
  }
  const matches = input.version === state.version;
  if (output !== undefined && output !== matches) return undefined;
  return matches ? { value: input.value, version: state.version + 1 } : state;
}

function describe(input: VersionedInput, output: VersionedOutput | undefined): string {
  if (input.op === 'put') {
    const result = output === undefined ? '' : ` = ${show(output)}`;
    return `put(${input.key}, ${show(input.value)}, version ${input.version})${result}`;
  }
  const seen = typeof output === 'object' ? ` = ${show(output.value)} at version ${output.version}` : '';
  return `get(${input.key})${seen}`;
}

/** A key/value store whose puts are conditional on the version that they replace. */
export const versionedKv: Model<Versioned, VersionedInput, VersionedOutput> = {
  name: 'versioned-kv',
  initial: { value: '', version: 0 },
  step,
  partition: (input) => input.key,
  key: ({ value, version }) => `${version}:${value}`,
  observes: (input, output) => input.op === 'get' || output === false,
  decide: decideVersioned,
  describe,
};

function decode({
  key,
  op,
  arg,
  out,
  returned,
}: RecordedOperation): Decoded<VersionedInput, VersionedOutput> {
  switch (op) {
    case 'get':
      if (!returned) return { input: { op, key }, output: undefined };
      return isVersioned(out)
        ? { input: { op, key }, output: out }
        : '`out` of a get must be {"value": string, "version": number}';
    case 'put':
      if (!isVersioned(arg)) return '`arg` of a put must be {"value": string, "version": number}';
      if (returned && typeof out !== 'boolean') return '`out` of a put must be true or false';
      return { input: { op, key, ...arg }, output: returned ? out === true : undefined };
    default:
      return unknownOperation(op, ['get', 'put']);
  }
}

function isVersioned(value: unknown): value is Versioned {
  return (
    hasShape(value, ['value', 'version']) &&
    typeof value.value === 'string' &&
    Number.isSafeInteger(value.version)
  );
}

/** {@link versionedKv} in files. */
export const versionedKvFormat: Format<Versioned, VersionedInput, VersionedOutput> = {
  model: versionedKv,
  decode,
};
