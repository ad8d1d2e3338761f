import type { LogEntry } from './messages.ts';

/** The backup's end of the logging channel: makes one log of messages that overtake each other, or come twice. */
export class LogReceiver {
  #received = 0;
  /** Entries with a gap before them, by index. */
  readonly #early = new Map<number, LogEntry>();

  /** All entries up to this index have arrived. */
  get received(): number {
    return this.#received;
  }

  /** Takes a message's entries, of which the first has the index `first`; returns those whose turn it is. */
  take(first: number, entries: readonly LogEntry[]): readonly LogEntry[] {
    for (const [i, entry] of entries.entries()) {
      if (first + i > this.#received) this.#early.set(first + i, entry);
    }
    const ready: LogEntry[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) ready.push(next);
    return ready;
  }

  #next(): LogEntry | undefined {
    const entry = this.#early.get(this.#received + 1);
    if (entry !== undefined) this.#early.delete(++this.#received);
    return entry;
  }
}
