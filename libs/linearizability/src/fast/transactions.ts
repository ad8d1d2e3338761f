import { Budget } from '../limit.ts';
import type { Decision, Model, Operation } from '../model.ts';
import { store } from '../models/store.ts';
import type { StoreInput, StoreOutput } from '../models/store.ts';
import { keysOf } from '../models/transaction-keys.ts';
import type {
  ConditionalWrite,
  Entries,
  Transacted,
  TransactionsInput,
  TransactionsOutput,
} from '../models/transactions.ts';
import { search } from '../search/search.ts';
import { decideStore } from './store.ts';

type TransactionsOperation = Operation<TransactionsInput, TransactionsOutput>;
/**
 * With more pending operations than that, what is known of versions is of little help to a search that tries all of
 * them everywhere; the general one forgets what is behind it, and can be given a limit.
 */
const MAX_PENDING = 12;

type TransactionsModel = Model<Entries, TransactionsInput, TransactionsOutput>;

/**
 * Decides a history of transactions by the general search, with what responses say of versions: as for a store of
 * single keys, see {@link decideStore}, and for the same reasons without any loss.
 */
export function decideTransactions(
  model: TransactionsModel,
  operations: readonly TransactionsOperation[],
  steps = Infinity,
): Decision | undefined {
  const keys = [...new Set(operations.flatMap(({ input }) => keysOf(input)))];
  if (keys.length <= 1 && operations.every(isSingle)) return decideStore(store, operations, steps);
  const known = new KnownVersions(operations);
  if (known.rivals.length > 0) return { linearizable: false, suspects: known.rivals };
  if (operations.filter(({ ret }) => ret === undefined).length > MAX_PENDING) return undefined;
  const refined: TransactionsModel = {
    ...model,
    step(state, input, output) {
      const next = model.step(state, input, output);
      if (next === undefined || next === state) return next;
      return known.admits(next, input, output) ? next : undefined;
    },
    // Where the value of a version is known, the version alone tells states apart.
    key: (state) => JSON.stringify(keys.map((key) => known.shorten(key, state))),
  };
  const result = search(refined, operations, new Budget({ steps }));
  if (result.kind === 'unknown') return undefined;
  return result.kind === 'violated' ? { linearizable: false, suspects: [] } : { linearizable: true };
}

function isSingle(operation: TransactionsOperation): operation is Operation<StoreInput, StoreOutput> {
  return operation.input.op !== 'transact';
}

/** What completed operations say of versions: which ones they made, and what was in which. */
class KnownVersions {
  /** Which operation says that it made a version. */
  readonly #made = new Map<string, number>();
  readonly #held = new Map<string, string>();
  /** Two operations that say that they made the same version, if there are such: no order has both. */
  rivals: readonly number[] = [];

  constructor(operations: readonly TransactionsOperation[]) {
    for (const [index, { ret, input, output }] of operations.entries()) {
      if (ret === undefined || output === undefined || output === false) continue;
      if (input.op === 'transact') this.#learnTransaction(index, input, output as Transacted);
      else this.#learn(index, input, output as StoreOutput);
    }
  }

  /** Whether an operation may have led to a state. */
  admits(next: Entries, input: TransactionsInput, output: TransactionsOutput | undefined): boolean {
    const written = input.op === 'transact' ? input.writes.map(({ key }) => key) : [input.key];
    return written.every((key) => {
      const entry = next.get(key);
      if (entry === undefined) return true;
      const name = nameOf(key, entry.version);
      if (this.#made.has(name) && !saysVersion(input, output, key)) return false;
      return (this.#held.get(name) ?? entry.value) === entry.value;
    });
  }

  /** What tells a key's entry from others of the same key. */
  shorten(key: string, state: Entries): unknown {
    const entry = state.get(key);
    if (entry === undefined) return 0;
    return this.#held.has(nameOf(key, entry.version)) ? entry.version : [entry.version, entry.value];
  }

  #learn(index: number, input: StoreInput, output: StoreOutput): void {
    if (typeof output === 'number') this.#make(index, input.key, output);
    else if (output !== false) this.#held.set(nameOf(input.key, output.version), output.value);
  }

  #learnTransaction(
    index: number,
    { reads, writes }: { reads: readonly string[]; writes: readonly ConditionalWrite[] },
    { entries, hasCommitted }: Transacted,
  ): void {
    for (const [place, { value, version }] of entries.entries()) {
      this.#held.set(nameOf(reads[place] ?? '', version), value);
    }
    if (!hasCommitted) return;
    for (const { key, value, version } of writes) {
      const before = version ?? entries[reads.indexOf(key)]?.version;
      if (before === undefined) continue;
      this.#make(index, key, before + 1);
      this.#held.set(nameOf(key, before + 1), value);
    }
  }

  #make(index: number, key: string, version: number): void {
    const name = nameOf(key, version);
    const other = this.#made.get(name);
    if (other !== undefined) this.rivals = [other, index];
    this.#made.set(name, index);
  }
}

/** Whether the response of a write says, directly or by what it read, which version of the key it made. */
function saysVersion(input: TransactionsInput, output: TransactionsOutput | undefined, key: string): boolean {
  if (output === undefined) return false;
  if (input.op !== 'transact') return true;
  return (
    input.reads.includes(key) ||
    input.writes.some((write) => write.key === key && write.version !== undefined)
  );
}

function nameOf(key: string, version: number): string {
  return `${version}:${key}`;
}
