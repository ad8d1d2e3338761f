import type { KvEntry } from '@lockstep/api';

/** A change of one key. */
export type Write =
  | { readonly op: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly op: 'put-if'; readonly key: string; readonly value: string; readonly version: number };

/** What a write gives: the key's new version, or nothing when it found another one than it asked for. */
export type WriteResult = number | undefined;

const NEVER_WRITTEN: KvEntry = { value: '', version: 0 };

/** A store's content as plain data. */
export type StoredEntries = readonly (readonly [key: string, value: string, version: number])[];

/** Keys, their values, and how often each has been written. */
export class Store {
  #entries = new Map<string, KvEntry>();

  get(key: string): KvEntry {
    return this.#entries.get(key) ?? NEVER_WRITTEN;
  }

  write(write: Write): WriteResult {
    const { value, version } = this.get(write.key);
    if (write.op === 'put-if' && write.version !== version) return undefined;
    const next = write.op === 'append' ? value + write.value : write.value;
    this.#entries.set(write.key, { value: next, version: version + 1 });
    return version + 1;
  }

  save(): StoredEntries {
    return [...this.#entries].map(([key, { value, version }]) => [key, value, version]);
  }

  restore(entries: StoredEntries): void {
    this.#entries = new Map(entries.map(([key, value, version]) => [key, { value, version }]));
  }
}
