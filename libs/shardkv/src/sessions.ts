/** The results of one clerk's operations that it may not have heard of yet, by their numbers. */
interface Session<Result> {
  readonly results: Map<number, Result>;
  settledBelow: number;
}

/** All sessions as plain data. */
export type StoredSessions<Result> = readonly (readonly [
  clerk: string,
  settledBelow: number,
  results: readonly (readonly [sequence: number, result: Result])[],
])[];

/** What a session knows of an operation. */
export type Known<Result> =
  | { readonly kind: 'new' }
  | { readonly kind: 'done'; readonly result: Result }
  /** The clerk has said that it knows the result, which is therefore gone: this is a late copy of an old request. */
  | { readonly kind: 'settled' };

/**
 * What makes a repeated operation harmless (Raft §8; RIFL, SOSP 2015): for each clerk the results that it may still ask
 * for. A clerk has few operations under way, so a session is small, however many it has seen. No session is ever
 * forgotten, so none has to be opened: a clerk that is not known is a new one.
 */
export class Sessions<Result> {
  #sessions = new Map<string, Session<Result>>();

  /** What is known of an operation before anything is done; `new`: it must be done now. Changes nothing. */
  look(clerk: string, sequence: number): Known<Result> {
    const found = this.#sessions.get(clerk);
    if (found === undefined) return { kind: 'new' };
    if (sequence < found.settledBelow) return { kind: 'settled' };
    // A result may be `undefined`.
    if (!found.results.has(sequence)) return { kind: 'new' };
    return { kind: 'done', result: found.results.get(sequence) as Result };
  }

  /** The clerk knows the results of its operations before `settledBelow`. */
  touch(clerk: string, settledBelow: number): void {
    const session = this.#session(clerk);
    if (settledBelow <= session.settledBelow) return;
    session.settledBelow = settledBelow;
    for (const sequence of session.results.keys()) {
      if (sequence < settledBelow) session.results.delete(sequence);
    }
  }

  /** Keeps the result of an operation for its repetitions. */
  record(clerk: string, sequence: number, result: Result): void {
    this.#session(clerk).results.set(sequence, result);
  }

  save(): StoredSessions<Result> {
    return [...this.#sessions].map(([clerk, { settledBelow, results }]) => [
      clerk,
      settledBelow,
      [...results],
    ]);
  }

  restore(stored: StoredSessions<Result>): void {
    this.#sessions = new Map(
      stored.map(([clerk, settledBelow, results]) => [clerk, { settledBelow, results: new Map(results) }]),
    );
  }

  #session(clerk: string): Session<Result> {
    const found = this.#sessions.get(clerk);
    if (found !== undefined) return found;
    const session: Session<Result> = { results: new Map(), settledBelow: 0 };
    this.#sessions.set(clerk, session);
    return session;
  }
}
