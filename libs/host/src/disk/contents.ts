import { encode } from '@lockstep/api';
import { isPlace, placeBytes } from './place.ts';
import type { Place } from './place.ts';

/** What a log adds to a name and a value, at most. */
const ENTRY_OVERHEAD_BYTES = 8;

/** A value in the canonical encoding, which is never modified; or where it is kept, when it is a large one. */
export type Stored = Uint8Array | Place;

/** One name of a batch with its value; `undefined` deletes the name. */
export type Change<V extends Stored = Uint8Array> = readonly [name: string, value: V | undefined];

/** All changes of one `write`, which take effect together or not at all. */
export interface Batch<V extends Stored = Uint8Array> {
  readonly scope: string;
  readonly changes: readonly Change<V>[];
}

interface Entry {
  readonly value: Stored;
  /** What the entry counts: its name and its value in the canonical encoding, wherever it is kept. */
  readonly bytes: number;
  /** What it takes in a log. */
  readonly logBytes: number;
}

interface ScopeContents {
  readonly entries: Map<string, Entry>;
  bytes: number;
}

/** A stored value with the name of its scope and its own. */
export type NamedPlace = readonly [scope: string, name: string, place: Place];

/** What a node has stored, all scopes of it, in memory; of the large values that are on the device, their places. */
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

  apply({ scope, changes }: Batch<Stored>): void {
    const contents = this.#scopes.get(scope) ?? { entries: new Map<string, Entry>(), bytes: 0 };
    this.#scopes.set(scope, contents);
    for (const [name, value] of changes) {
      this.#delete(contents, name);
      if (value !== undefined) this.#set(contents, name, value);
    }
  }

  /** A large value has got its place on the device, and need not be in memory any more. */
  settle(scope: string, name: string, value: Uint8Array, place: Place): void {
    const contents = this.#scopes.get(scope);
    // It may have been overwritten since.
    if (contents === undefined || contents.entries.get(name)?.value !== value) return;
    this.#delete(contents, name);
    this.#set(contents, name, place);
  }

  read(scope: string, name: string): Stored | undefined {
    return this.#scopes.get(scope)?.entries.get(name)?.value;
  }

  /** Entries whose names begin with `prefix`, sorted by name in UTF-16 code unit order. */
  entries(scope: string, prefix: string): [name: string, value: Stored][] {
    const found: [string, Stored][] = [];
    for (const [name, { value }] of this.#scopes.get(scope)?.entries ?? []) {
      if (name.startsWith(prefix)) found.push([name, value]);
    }
    return found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }

  /** Every value that is kept elsewhere. */
  *places(): Generator<NamedPlace> {
    for (const [scope, { entries }] of this.#scopes) {
      for (const [name, { value }] of entries) if (isPlace(value)) yield [scope, name, value];
    }
  }

  #set(contents: ScopeContents, name: string, value: Stored): void {
    const nameBytes = encode(name).length;
    const bytes = nameBytes + value.length;
    const logBytes = nameBytes + (isPlace(value) ? placeBytes(value) : value.length) + ENTRY_OVERHEAD_BYTES;
    contents.entries.set(name, { value, bytes, logBytes });
    contents.bytes += bytes;
    this.#rewrittenBytes += logBytes;
  }

  #delete(contents: ScopeContents, name: string): void {
    const entry = contents.entries.get(name);
    if (entry === undefined) return;
    contents.entries.delete(name);
    contents.bytes -= entry.bytes;
    this.#rewrittenBytes -= entry.logBytes;
  }

  /** Batches that make these contents out of nothing, none of them much larger than `batchBytes` or its only value. */
  *toBatches(batchBytes: number): Generator<Batch<Stored>> {
    for (const [scope, { entries }] of this.#scopes) {
      let changes: Change<Stored>[] = [];
      let bytes = 0;
      for (const [name, entry] of entries) {
        changes.push([name, entry.value]);
        bytes += entry.logBytes;
        if (bytes < batchBytes) continue;
        yield { scope, changes };
        changes = [];
        bytes = 0;
      }
      if (changes.length > 0) yield { scope, changes };
    }
  }
}
