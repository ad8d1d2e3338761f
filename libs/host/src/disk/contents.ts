import { encode } from '@lockstep/api';

/** What a log adds to a name and a value, at most. */
const ENTRY_OVERHEAD_BYTES = 8;

/** One name of a batch with its value, encoded; `undefined` deletes the name. */
export type Change = readonly [name: string, value: Uint8Array | undefined];

/** All changes of one `write`, which take effect together or not at all. */
export interface Batch {
  readonly scope: string;
  readonly changes: readonly Change[];
}

interface Entry {
  /** In the canonical encoding. Never modified. */
  readonly value: Uint8Array;
  /** What the entry counts: its name and its value in the canonical encoding. */
  readonly bytes: number;
}

interface ScopeContents {
  readonly entries: Map<string, Entry>;
  bytes: number;
}

/** What a node has stored, all scopes of it, in memory: reads never wait for a device. */
export class Contents {
  readonly #scopes = new Map<string, ScopeContents>();
  #rewrittenBytes = 0;

  /** About what a log takes that holds these contents and nothing else; rather too much than too little. */
  get rewrittenBytes(): number {
    return this.#rewrittenBytes;
  }

  bytesOf(scope: string): number {
    return this.#scopes.get(scope)?.bytes ?? 0;
  }

  apply({ scope, changes }: Batch): void {
    const contents = this.#scopes.get(scope) ?? { entries: new Map<string, Entry>(), bytes: 0 };
    this.#scopes.set(scope, contents);
    const before = contents.bytes + ENTRY_OVERHEAD_BYTES * contents.entries.size;
    for (const [name, value] of changes) {
      contents.bytes -= contents.entries.get(name)?.bytes ?? 0;
      contents.entries.delete(name);
      if (value === undefined) continue;
      const bytes = encode(name).length + value.length;
      contents.entries.set(name, { value, bytes });
      contents.bytes += bytes;
    }
    this.#rewrittenBytes += contents.bytes + ENTRY_OVERHEAD_BYTES * contents.entries.size - before;
  }

  read(scope: string, name: string): Uint8Array | undefined {
    return this.#scopes.get(scope)?.entries.get(name)?.value;
  }

  /** Entries whose names begin with `prefix`, sorted by name in UTF-16 code unit order. */
  entries(scope: string, prefix: string): [name: string, value: Uint8Array][] {
    const found: [string, Uint8Array][] = [];
    for (const [name, { value }] of this.#scopes.get(scope)?.entries ?? []) {
      if (name.startsWith(prefix)) found.push([name, value]);
    }
    return found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** Batches that make these contents out of nothing, none of them much larger than `batchBytes` or its only value. */
  *toBatches(batchBytes: number): Generator<Batch> {
    for (const [scope, { entries }] of this.#scopes) {
      let changes: Change[] = [];
      let bytes = 0;
      for (const [name, entry] of entries) {
        changes.push([name, entry.value]);
        bytes += entry.bytes;
        if (bytes < batchBytes) continue;
        yield { scope, changes };
        changes = [];
        bytes = 0;
      }
      if (changes.length > 0) yield { scope, changes };
    }
  }
}
