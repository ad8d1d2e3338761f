import type { NodeId } from '@lockstep/api';

/** Fewer complaints than this say nothing. */
const LEAST_COMPLAINTS = 2;

/** A complaint counts for so long. */
const MEMORY_MS = 10_000;

/**
 * Who can't be reached by whom. When one worker can't fetch from another, though the coordinator hears of both, either
 * may be at fault; the one that most complaints are about is not given any tasks for a while, for what it would make
 * nobody could fetch, and what others make it could not.
 */
export class Suspicion {
  #complaints: { readonly between: readonly NodeId[]; readonly at: number }[] = [];

  complain(by: NodeId, about: NodeId, now: number): void {
    this.#complaints.push({ between: [by, about], at: now });
  }

  /** The machine has booted again: what was said of it before is void. */
  forget(node: NodeId): void {
    this.#complaints = this.#complaints.filter(({ between }) => !between.includes(node));
  }

  /** Whether a worker should be left without tasks, for the sake of the others. */
  isShunned(worker: NodeId, others: readonly NodeId[], now: number): boolean {
    this.#complaints = this.#complaints.filter(({ at }) => now - at < MEMORY_MS);
    const own = this.#count(worker);
    if (own < LEAST_COMPLAINTS || others.length === 0) return false;
    // Of two with equally many, one is as good as the other.
    return others.every(
      (other) => own > this.#count(other) || (own === this.#count(other) && worker > other),
    );
  }

  #count(node: NodeId): number {
    return this.#complaints.filter(({ between }) => between.includes(node)).length;
  }
}
