import { decideStore } from '../fast/store.ts';
import type { Model, Versions } from '../model.ts';
import { show } from './format.ts';
import type { Versioned } from './versioned.ts';

/**
 * An operation on one key of a store that counts the writes of each key, whether they have a condition or not. A key
 * that was never written holds "" at version 0.
 */
export type StoreInput =
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly op: 'put-if'; readonly key: string; readonly value: string; readonly version: number };

/** What a get read; the version that a write made; false for a put-if that found another version than it named. */
export type StoreOutput = Versioned | number | false;

function step(state: Versioned, input: StoreInput, output: StoreOutput | undefined): Versioned | undefined {
  if (input.op === 'get') {
    if (output === undefined) return state;
    const isSame =
      typeof output === 'object' && output.version === state.version && output.value === state.value;
    return isSame ? state : undefined;
  }
  if (input.op === 'put-if' && input.version !== state.version) {
    return output === undefined || output === false ? state : undefined;
  }
  const version = state.version + 1;
  if (output !== undefined && output !== version) return undefined;
  return { value: input.op === 'append' ? state.value + input.value : input.value, version };
}

function versions({ op, key }: StoreInput, output: StoreOutput | undefined): Versions {
  const version = typeof output === 'object' ? output.version : output;
  const isWrite = op !== 'get' && output !== false;
  return { writes: isWrite ? [key] : [], seen: typeof version === 'number' ? [[key, version]] : [] };
}

function describe(input: StoreInput, output: StoreOutput | undefined): string {
  if (input.op === 'get') {
    const seen = typeof output === 'object' ? ` = ${show(output.value)} at version ${output.version}` : '';
    return `get(${input.key})${seen}`;
  }
  const condition = input.op === 'put-if' ? `, version ${input.version}` : '';
  const result =
    output === undefined ? '' : output === false ? ' refused' : ` made version ${JSON.stringify(output)}`;
  return `${input.op}(${input.key}, ${show(input.value)}${condition})${result}`;
}

/** A store of versioned values with get, put, append and conditional put, judged key by key. */
export const store: Model<Versioned, StoreInput, StoreOutput> = {
  name: 'store',
  initial: { value: '', version: 0 },
  step,
  partition: (input) => input.key,
  key: ({ value, version }) => `${version}:${value}`,
  observes: (input, output) => input.op === 'get' || output === false,
  decide: (operations, steps) => decideStore(store, operations, steps),
  versions,
  describe,
};
