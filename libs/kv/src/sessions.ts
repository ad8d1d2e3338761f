import type { WriteResult } from './messages.ts';

/** The results of one session's writes that its clerk may not have heard of yet, by their numbers. */
interface Session {
  readonly nonce: string;
  readonly results: Map<number, WriteResult>;
  settledBelow: number;
}

/** A session as plain data. */
type StoredSession = readonly [
  session: number,
  nonce: string,
  settledBelow: number,
  results: readonly (readonly [sequence: number, result: WriteResult])[],
];

/** All sessions as plain data. */
export interface StoredSessions {
  readonly opened: number;
  readonly sessions: readonly StoredSession[];
}

/** What a session knows of a write. */
export type Known =
  | { readonly kind: 'new' }
  | { readonly kind: 'written'; readonly version: WriteResult }
  | { readonly kind: 'forgotten' }
  | { readonly kind: 'settled' };

/**
 * What makes a repeated write harmless (Raft §8; RIFL, SOSP 2015): for each clerk the results that it may still ask
 * for. A clerk has few writes under way, so a session is small, however many writes it has seen. And there is a bound
 * on the number of sessions; the one whose last write is the longest ago goes first. "Long ago" is a matter of the
 * log's order, not of anybody's clock: all servers forget the same.
 */
export class Sessions {
  readonly #max: number;
  /** In the order of their last writes. */
  #sessions = new Map<number, Session>();
  #byNonce = new Map<string, number>();
  /** How many there have been: the last one's number. */
  #opened = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** The number of the clerk's session, which is opened if it has none. */
  open(nonce: string): number {
    const known = this.#byNonce.get(nonce);
    if (known !== undefined) return known;
    const session = ++this.#opened;
    this.#remember(session, { nonce, results: new Map(), settledBelow: 0 });
    this.#forgetOldest();
    return session;
  }

  /** What is known of a write before anything is done; `new`: it must be done now. Changes nothing. */
  look(session: number, sequence: number): Known {
    const found = this.#sessions.get(session);
    if (found === undefined) return { kind: 'forgotten' };
    if (sequence < found.settledBelow) return { kind: 'settled' };
    // A result may be `undefined`.
    if (!found.results.has(sequence)) return { kind: 'new' };
    return { kind: 'written', version: found.results.get(sequence) };
  }

  /** The session's clerk is heard of, and knows the results of its writes before `settledBelow`. */
  touch(session: number, settledBelow: number): void {
    const found = this.#sessions.get(session);
    if (found === undefined) return;
    this.#sessions.delete(session);
    this.#sessions.set(session, found);
    found.settledBelow = Math.max(found.settledBelow, settledBelow);
    for (const sequence of found.results.keys()) {
      if (sequence < found.settledBelow) found.results.delete(sequence);
    }
  }

  /** Keeps the result of a write for its repetitions. */
  record(session: number, sequence: number, result: WriteResult): void {
    this.#sessions.get(session)?.results.set(sequence, result);
  }

  save(): StoredSessions {
    const sessions = [...this.#sessions].map(
      ([session, { nonce, settledBelow, results }]): StoredSession => [
        session,
        nonce,
        settledBelow,
        [...results],
      ],
    );
    return { opened: this.#opened, sessions };
  }

  restore({ opened, sessions }: StoredSessions): void {
    this.#opened = opened;
    this.#sessions = new Map();
    this.#byNonce = new Map();
    for (const [session, nonce, settledBelow, results] of sessions) {
      this.#remember(session, { nonce, settledBelow, results: new Map(results) });
    }
  }

  #remember(number: number, session: Session): void {
    this.#sessions.set(number, session);
    this.#byNonce.set(session.nonce, number);
  }

  #forgetOldest(): void {
    for (const [number, { nonce }] of this.#sessions) {
      if (this.#sessions.size <= this.#max) return;
      this.#sessions.delete(number);
      this.#byNonce.delete(nonce);
    }
  }
}
