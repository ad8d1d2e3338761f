import { decideKv } from '../fast/kv.ts';
import type { Model } from '../model.ts';
import {
  hasShape,
  show,
  unknownOperation,
  type Decoded,
  type Format,
  type RecordedOperation,
} from './format.ts';

/** An operation on one key of a store of strings; a key that was never written holds "". */
export type KvInput =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly op: 'cas'; readonly key: string; readonly from: string; readonly to: string };

/** What a get read, whether a cas has replaced the value, nothing for the others. */
export type KvOutput = string | boolean;

function step(state: string, input: KvInput, output: KvOutput | undefined): string | undefined {
  switch (input.op) {
    case 'get':
      return output === undefined || output === state ? state : undefined;
    case 'put':
      return input.value;
    case 'append':
      return state + input.value;
    case 'cas':
      if (output !== undefined && output !== (state === input.from)) return undefined;
      return state === input.from ? input.to : state;
  }
}

function describe(input: KvInput, output: KvOutput | undefined): string {
  switch (input.op) {
    case 'get':
      return `get(${input.key})${output === undefined ? '' : ` = ${show(output)}`}`;
    case 'cas':
      return `cas(${input.key}, ${show(input.from)}, ${show(input.to)})${
        output === undefined ? '' : ` = ${output}`
      }`;
    default:
      return `${input.op}(${input.key}, ${show(input.value)})`;
  }
}

/** A key/value store with get, put, append and compare-and-set, judged key by key. */
export const kv: Model<string, KvInput, KvOutput> = {
  name: 'kv',
  initial: '',
  step,
  partition: (input) => input.key,
  observes: (input, output) =>
    input.op === 'get' || (input.op === 'cas' && (output === false || input.from === input.to)),
  decide: decideKv,
  describe,
};

function decode({ key, op, arg, out, returned }: RecordedOperation): Decoded<KvInput, KvOutput> {
  switch (op) {
    case 'get':
      if (returned && typeof out !== 'string')
        return '`out` of a get must be a string ("" for a missing key)';
      return { input: { op, key }, output: returned ? String(out) : undefined };
    case 'put':
    case 'append':
      if (typeof arg !== 'string') return `\`arg\` of ${op} must be a string`;
      return { input: { op, key, value: arg }, output: undefined };
    case 'cas':
      if (!hasShape(arg, ['from', 'to']) || typeof arg.from !== 'string' || typeof arg.to !== 'string')
        return '`arg` of a cas must be {"from": string, "to": string}';
      if (returned && typeof out !== 'boolean') return '`out` of a cas must be true or false';
      return {
        input: { op, key, from: arg.from, to: arg.to },
        output: returned ? out === true : undefined,
      };
    default:
      return unknownOperation(op, ['get', 'put', 'append', 'cas']);
  }
}

/** {@link kv} in files. */
export const kvFormat: Format<string, KvInput, KvOutput> = { model: kv, decode };
