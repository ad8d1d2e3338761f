import type { StartResult } from '@lockstep/api';
import type { Submitted } from './state-machine.ts';

interface Waiter<Result> {
  readonly term: number;
  readonly settle: (outcome: Submitted<Result>) => void;
}

const LOST = { kind: 'lost' } as const;

/**
 * Those who wait for what becomes of their command, by the index that Raft has given it. The index is not enough: if
 * another leader has overwritten the entry, then somebody else's command comes up there. Index and term together name
 * one entry (Raft §5.3, log matching).
 */
export class Waiters<Result> {
  readonly #waiters = new Map<number, Waiter<Result>>();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** Resolves when the command's fate is known here, or leadership is lost. */
  wait({ index, term }: StartResult): Promise<Submitted<Result>> {
    // A command that waits at this index was taken in an earlier term, and this server has cut it off since.
    this.#waiters.get(index)?.settle(LOST);
    return new Promise((settle) => this.#waiters.set(index, { term, settle }));
  }

  /** The entry of this index and term has been applied. */
  applied(index: number, term: number, result: Result): void {
    const waiter = this.#waiters.get(index);
    if (waiter === undefined) return;
    this.#waiters.delete(index);
    waiter.settle(waiter.term === term ? { kind: 'applied', result } : LOST);
  }

  /** A snapshot has taken the place of all entries up to `index`: what came of them is not known here. */
  skipped(index: number): void {
    this.#loseThose((waiterIndex) => waiterIndex <= index);
  }

  /** This server leads in `term`, or not at all: nobody sees to it any more that other terms' entries are committed. */
  onlyInTerm(term: number | undefined): void {
    this.#loseThose((_, waiter) => waiter.term !== term);
  }

  #loseThose(isLost: (index: number, waiter: Waiter<Result>) => boolean): void {
    for (const [index, waiter] of this.#waiters) {
      if (!isLost(index, waiter)) continue;
      this.#waiters.delete(index);
      waiter.settle(LOST);
    }
  }
}
