/** One entry of the log. */
export interface LogEntry {
  readonly term: number;
  readonly command: unknown;
}

/**
 * The log behind a snapshot. Only this class knows at which position of its array an index is; everybody else speaks
 * of indexes. The last entry of the snapshot (index 0, term 0 when there is none) is a sentinel at the beginning: it
 * has a term and no command.
 */
export class Log {
  #base: number;
  #baseTerm: number;
  #entries: LogEntry[];

  constructor(base: number, baseTerm: number, entries: readonly LogEntry[]) {
    this.#base = base;
    this.#baseTerm = baseTerm;
    this.#entries = [...entries];
  }

  /** lastIncludedIndex: everything up to here is in the snapshot. */
  get base(): number {
    return this.#base;
  }

  /** lastIncludedTerm. */
  get baseTerm(): number {
    return this.#baseTerm;
  }

  get lastIndex(): number {
    return this.#base + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#baseTerm;
  }

  /** The entry at `index`, or `undefined` when it is in the snapshot or beyond the end. */
  entry(index: number): LogEntry | undefined {
    return index > this.#base ? this.#entries[index - this.#base - 1] : undefined;
  }

  /** The term at `index`, the snapshot's last entry included. */
  term(index: number): number | undefined {
    return index === this.#base ? this.#baseTerm : this.entry(index)?.term;
  }

  /** A copy of everything from `index` on. */
  from(index: number): LogEntry[] {
    return this.#entries.slice(Math.max(0, index - this.#base - 1));
  }

  /** A copy of all that is kept. */
  all(): LogEntry[] {
    return this.#entries.slice();
  }

  /** Appends one entry and says where it is. */
  append(entry: LogEntry): number {
    this.#entries.push(entry);
    return this.lastIndex;
  }

  /**
   * Figure 2, AppendEntries, receiver's steps 3 and 4: deletes from the first entry that conflicts on, and appends
   * what is missing. Entries that are there already, or in the snapshot, stay untouched, and so does what follows
   * them. The entry at `prev` is known to match. Says whether anything changed.
   */
  merge(prev: number, entries: readonly LogEntry[]): boolean {
    for (let i = Math.max(0, this.#base - prev); i < entries.length; i++) {
      const index = prev + 1 + i;
      if (this.entry(index)?.term === entries[i]?.term) continue;
      this.#entries.splice(index - this.#base - 1, Infinity, ...entries.slice(i));
      return true;
    }
    return false;
  }

  /** Drops everything up to `index`; keeps the rest only if the entry there has this term (Figure 13, step 6). */
  compact(index: number, term: number): void {
    this.#entries = this.term(index) === term ? this.from(index + 1) : [];
    this.#base = index;
    this.#baseTerm = term;
  }

  /** The first index (behind the snapshot) of the run of entries of one term that `index` belongs to. */
  startOfRun(index: number): number {
    const term = this.term(index);
    let first = index;
    while (first - 1 > this.#base && this.term(first - 1) === term) first--;
    return first;
  }

  /** The last index up to `limit` whose entry has this term. Terms never fall along a log, so older ones end it. */
  lastOfTerm(term: number, limit: number): number | undefined {
    for (let index = Math.min(limit, this.lastIndex); index >= this.#base; index--) {
      const here = this.term(index);
      if (here === term) return index;
      if (here === undefined || here < term) return undefined;
    }
    return undefined;
  }
}
