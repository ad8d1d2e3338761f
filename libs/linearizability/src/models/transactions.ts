import { decideTransactions } from '../fast/transactions.ts';
import type { Model, Versions } from '../model.ts';
import { show } from './format.ts';
import { store } from './store.ts';
import type { StoreInput, StoreOutput } from './store.ts';
import { keysOf } from './transaction-keys.ts';
import type { Versioned } from './versioned.ts';

/** A write of a transaction; with a `version` the transaction has the condition that its key is at that version. */
export interface ConditionalWrite {
  readonly key: string;
  readonly value: string;
  readonly version?: number;
}

/** Reads and writes of several keys that happen as one operation. */
export interface Transact {
  readonly op: 'transact';
  readonly reads: readonly string[];
  readonly writes: readonly ConditionalWrite[];
}

/** An operation on a store of versioned values: on one key, as in {@link store}, or on several at once. */
export type TransactionsInput = StoreInput | Transact;

/** What a transaction read, in the order of its `reads`, and whether all its conditions held, so that it wrote. */
export interface Transacted {
  readonly hasCommitted: boolean;
  readonly entries: readonly Versioned[];
}

/** What {@link store} gives for one key, and what came of a transaction. */
export type TransactionsOutput = StoreOutput | Transacted;

/** What the keys hold that were ever written. */
export type Entries = ReadonlyMap<string, Versioned>;

const NEVER_WRITTEN: Versioned = { value: '', version: 0 };

function entryOf(state: Entries, key: string): Versioned {
  return state.get(key) ?? NEVER_WRITTEN;
}

function isTransacted(output: TransactionsOutput | undefined): output is Transacted {
  return typeof output === 'object' && 'entries' in output;
}

function transact(
  state: Entries,
  { reads, writes }: Transact,
  output: Transacted | undefined,
): Entries | undefined {
  const commits = writes.every(
    ({ key, version }) => version === undefined || version === entryOf(state, key).version,
  );
  if (output !== undefined) {
    if (output.hasCommitted !== commits || output.entries.length !== reads.length) return undefined;
    const hasRead = reads.every((key, place) => {
      const [found, seen] = [entryOf(state, key), output.entries[place]];
      return seen?.version === found.version && seen.value === found.value;
    });
    if (!hasRead) return undefined;
  }
  if (!commits || writes.length === 0) return state;
  const next = new Map(state);
  for (const { key, value } of writes) next.set(key, { value, version: entryOf(state, key).version + 1 });
  return next;
}

function step(
  state: Entries,
  input: TransactionsInput,
  output: TransactionsOutput | undefined,
): Entries | undefined {
  if (input.op === 'transact') {
    return output === undefined || isTransacted(output) ? transact(state, input, output) : undefined;
  }
  if (isTransacted(output)) return undefined;
  const before = entryOf(state, input.key);
  const after = store.step(before, input, output);
  if (after === undefined || after === before) return after && state;
  return new Map(state).set(input.key, after);
}

function versions(input: TransactionsInput, output: TransactionsOutput | undefined): Versions {
  if (input.op !== 'transact') {
    return store.versions?.(input, isTransacted(output) ? undefined : output) ?? { writes: [], seen: [] };
  }
  const isRefused = isTransacted(output) && !output.hasCommitted;
  return {
    writes: isRefused ? [] : [...new Set(input.writes.map(({ key }) => key))],
    seen: isTransacted(output)
      ? input.reads.map((key, place) => [key, output.entries[place]?.version ?? 0] as const)
      : [],
  };
}

function describe(input: TransactionsInput, output: TransactionsOutput | undefined): string {
  if (input.op !== 'transact') {
    return store.describe?.(input, isTransacted(output) ? undefined : output) ?? '';
  }
  const writes = input.writes.map(({ key, value, version }) => {
    const condition = version === undefined ? '' : ` at version ${version}`;
    return `${key}${condition} := ${show(value)}`;
  });
  const asked = `transact(reads ${input.reads.join(' ') || 'nothing'}; ${writes.join(', ') || 'no writes'})`;
  if (!isTransacted(output)) return asked;
  const seen = output.entries.map(({ value, version }) => `${show(value)} at version ${version}`);
  return `${asked} = ${output.hasCommitted ? 'committed' : 'refused'} (${seen.join(', ')})`;
}

/**
 * A store of versioned values with operations on one key and transactions on several. That a history is linearizable
 * with respect to this one object is what strict serializability means (Herlihy & Wing 1990, §3.3). Keys that no chain
 * of transactions connects are judged apart.
 */
export const transactions: Model<Entries, TransactionsInput, TransactionsOutput> = {
  name: 'transactions',
  initial: new Map(),
  step,
  partition: keysOf,
  key: (state) => JSON.stringify([...state].sort(([one], [other]) => (one < other ? -1 : 1))),
  observes: (input, output) => {
    if (input.op === 'transact') {
      return input.writes.length === 0 || (isTransacted(output) && !output.hasCommitted);
    }
    return input.op === 'get' || output === false;
  },
  decide: (operations, steps) => decideTransactions(transactions, operations, steps),
  versions,
  describe,
};
