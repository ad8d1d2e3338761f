import type { Fate, TransactInSession } from './messages.ts';

/** An attempt whose shards are being prepared. */
export interface Undecided {
  readonly number: number;
  readonly request: TransactInSession;
}

/** An attempt whose writes happen, and of which some shards have yet to be told. */
export interface Applied {
  readonly number: number;
  readonly shards: readonly number[];
}

/** A coordinator as plain data. */
export interface StoredCoordinator {
  readonly begun: number;
  readonly undecided: readonly Undecided[];
  readonly applied: readonly Applied[];
}

/**
 * One shard's record of the transactions that it coordinates. It is part of the group's replicated state and moves with
 * the shard, so that a coordinator is never lost (what Gray and Lamport 2006 call the problem of two-phase commit). Of
 * an attempt that has no record any more, nothing was written, or everybody knows: who is still prepared for it may let
 * go ("presumed abort": Mohan, Lindsay and Obermarck 1986).
 */
export class Coordinator {
  /** How many attempts there have been: the last one's number. */
  #begun = 0;
  readonly #undecided = new Map<number, Undecided>();
  readonly #applied = new Map<number, Applied>();

  begin(request: TransactInSession): number {
    const number = ++this.#begun;
    this.#undecided.set(number, { number, request });
    return number;
  }

  get undecided(): readonly Undecided[] {
    return [...this.#undecided.values()];
  }

  get applied(): readonly Applied[] {
    return [...this.#applied.values()];
  }

  undecidedAt(number: number): Undecided | undefined {
    return this.#undecided.get(number);
  }

  /** The attempt at a clerk's operation that is being prepared. */
  underWay(clerk: string, sequence: number): number | undefined {
    for (const { number, request } of this.#undecided.values()) {
      if (request.clerk === clerk && request.sequence === sequence) return number;
    }
    return undefined;
  }

  /** The decision is that the writes happen; these shards have yet to be told. */
  apply(applied: Applied): void {
    this.#undecided.delete(applied.number);
    if (applied.shards.length > 0) this.#applied.set(applied.number, applied);
  }

  /** Nothing of the attempt is written, or everybody knows. */
  forget(number: number): void {
    this.#undecided.delete(number);
    this.#applied.delete(number);
  }

  fate(number: number): Fate {
    if (this.#undecided.has(number)) return 'undecided';
    return this.#applied.has(number) ? 'applied' : 'released';
  }

  /** Numbers of the attempts that are not over. */
  get open(): readonly number[] {
    return [...this.#undecided.keys(), ...this.#applied.keys()];
  }

  save(): StoredCoordinator {
    return {
      begun: this.#begun,
      undecided: [...this.#undecided.values()],
      applied: [...this.#applied.values()],
    };
  }

  restore({ begun, undecided, applied }: StoredCoordinator): void {
    this.#begun = begun;
    for (const one of undecided) this.#undecided.set(one.number, one);
    for (const one of applied) this.#applied.set(one.number, one);
  }
}
