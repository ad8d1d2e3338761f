import type { Conflict, Entry, TermStart } from './messages.ts';
import { sizeOf } from './plain-data.ts';

/** How many terms a conflict names at most. */
const MAX_CONFLICT_TERMS = 16;

/** The questions that may be asked of a log. Whoever changes it goes through `PersistentState`. */
export interface ReadableLog {
  /** Raft §7: the last entry that a snapshot has replaced; 0 and 0 before the first snapshot. */
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  termAt(index: number): number | undefined;
  entryAt(index: number): Entry | undefined;
  entriesFrom(index: number, maxBytes: number): Entry[];
  matches(prevLogIndex: number, prevLogTerm: number): boolean;
  conflictAt(prevLogIndex: number): Conflict;
  lastIndexOfTerm(term: number, upTo: number): number | undefined;
}

/** The log of Raft Figure 2 behind the snapshot of Raft §7, in memory. Knows no disk, no network and no roles. */
export class Log implements ReadableLog {
  #lastIncludedIndex: number;
  #lastIncludedTerm: number;
  /** The entry with index i is at i - lastIncludedIndex - 1. */
  #entries: Entry[];

  constructor(lastIncludedIndex = 0, lastIncludedTerm = 0, entries: readonly Entry[] = []) {
    this.#lastIncludedIndex = lastIncludedIndex;
    this.#lastIncludedTerm = lastIncludedTerm;
    this.#entries = [...entries];
  }

  get lastIncludedIndex(): number {
    return this.#lastIncludedIndex;
  }

  get lastIncludedTerm(): number {
    return this.#lastIncludedTerm;
  }

  get lastIndex(): number {
    return this.#lastIncludedIndex + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#lastIncludedTerm;
  }

  /** The term at `index`, the snapshot's last index included; `undefined` below it and beyond the end. */
  termAt(index: number): number | undefined {
    if (index === this.#lastIncludedIndex) return this.#lastIncludedTerm;
    return this.entryAt(index)?.term;
  }

  entryAt(index: number): Entry | undefined {
    return this.#entries[index - this.#lastIncludedIndex - 1];
  }

  /** Entries from `index` on that fit into `maxBytes` together; one at least, if there is one. */
  entriesFrom(index: number, maxBytes: number): Entry[] {
    const batch: Entry[] = [];
    let bytes = 0;
    for (let i = index; i <= this.lastIndex; i++) {
      const entry = this.entryAt(i);
      if (entry === undefined) break;
      // Most batches are a single entry, and that one goes whatever its size.
      if (i === index && i === this.lastIndex) return [entry];
      bytes += sizeOf(entry.command);
      if (bytes > maxBytes && batch.length > 0) break;
      batch.push(entry);
    }
    return batch;
  }

  /**
   * The consistency check of AppendEntries (Raft §5.3; Figure 2, receiver rule 2): does the log hold an entry
   * at prevLogIndex with prevLogTerm? What a snapshot has replaced was committed, so every leader holds the same.
   */
  matches(prevLogIndex: number, prevLogTerm: number): boolean {
    if (prevLogIndex < this.#lastIncludedIndex) return true;
    return this.termAt(prevLogIndex) === prevLogTerm;
  }

  /** What to tell a leader whose message failed the check, so that it backs up past whole terms (Raft §5.3). */
  conflictAt(prevLogIndex: number): Conflict {
    const last = Math.min(prevLogIndex, this.lastIndex);
    const terms: TermStart[] = [];
    for (let index = last; index > this.#lastIncludedIndex; index--) {
      const term = this.termAt(index) ?? 0;
      const isFirst = index === this.#lastIncludedIndex + 1 || this.termAt(index - 1) !== term;
      if (isFirst) terms.push({ term, index });
      if (terms.length === MAX_CONFLICT_TERMS) break;
    }
    return { index: last, terms };
  }

  /**
   * The last index up to `upTo` whose entry is of `term`. Terms never decrease along a log, so the search ends early.
   */
  lastIndexOfTerm(term: number, upTo: number): number | undefined {
    for (let index = Math.min(upTo, this.lastIndex); index >= this.#lastIncludedIndex; index--) {
      const found = this.termAt(index);
      if (found === term) return index;
      if (found === undefined || found < term) return undefined;
    }
    return undefined;
  }

  /** A leader adds a command to its own log, and only ever adds (Raft §5.3, Leader Append-Only). Returns its index. */
  append(entry: Entry): number {
    this.#entries.push(entry);
    return this.lastIndex;
  }

  /**
   * Takes in the entries after prevLogIndex, where the log is known to match (Figure 2, receiver rules 3 and 4).
   * Entries are cut off only from the first one that conflicts: the message may be an old one, and what follows
   * may have been acknowledged since. Returns the first index that changed, if any did.
   */
  merge(prevLogIndex: number, entries: readonly Entry[]): number | undefined {
    for (const [offset, entry] of entries.entries()) {
      const index = prevLogIndex + 1 + offset;
      if (index <= this.#lastIncludedIndex) continue;
      if (this.termAt(index) === entry.term) continue;
      this.#entries.length = index - this.#lastIncludedIndex - 1;
      this.#entries.push(...entries.slice(offset));
      return index;
    }
    return undefined;
  }

  /**
   * Forgets everything up to `index`, which a snapshot now holds. If the entry there is of the snapshot's term, what
   * follows it is kept; otherwise the whole log goes (Raft §7; Figure 13, receiver rules 6 and 7).
   */
  compactTo(index: number, term: number): void {
    const isPrefix = this.termAt(index) === term;
    this.#entries = isPrefix ? this.#entries.slice(index - this.#lastIncludedIndex) : [];
    this.#lastIncludedIndex = index;
    this.#lastIncludedTerm = term;
  }
}
