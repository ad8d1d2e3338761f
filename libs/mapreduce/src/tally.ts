import type { Tally } from './messages.ts';

/** Counts for one attempt: its counters reach the job only with its report (paper §4.8). */
export class AttemptTally {
  readonly #counters = new Map<string, number>();
  skipped = 0;

  readonly count = (counter: string, by = 1): void => {
    this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + by);
  };

  result(): Tally {
    return { counters: Object.fromEntries(this.#counters), skipped: this.skipped };
  }
}
