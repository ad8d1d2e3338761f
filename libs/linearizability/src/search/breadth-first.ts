import type { Budget, LimitReached } from '../limit.ts';
import { Frontier } from './frontier.ts';
import type { Problem, SearchResult } from './problem.ts';
import { States } from './states.ts';

/**
 * Follows all explanations at once, from return to return: Lowe's just-in-time linearization (2017, §5). Before each
 * return it extends every configuration by the open operations until the returning one is linearized, and then
 * forgets everything from before. Where nothing is open, a cut, all that is left is the set of possible states. Its
 * memory is the widest such frontier, however long the history; what it does not keep is the order.
 */
export function searchBreadthFirst(problem: Problem, budget: Budget): SearchResult {
  return new BreadthFirst(problem, budget).run();
}

/** Free appends make a value longer without end: beyond so many states the question is given up. */
const MAX_STATES_WITH_FREE = 1000;

class BreadthFirst {
  readonly #problem: Problem;
  readonly #budget: Budget;
  readonly #record: Int32Array;
  readonly #changed: Int32Array;
  #current: Frontier;
  #next: Frontier;
  /** Operations called by now: completed ones that have not returned, and pending ones. */
  #open: number[] = [];
  #pendingOpen = 0;
  #nextCall = 0;

  constructor(problem: Problem, budget: Budget) {
    this.#problem = problem;
    this.#budget = budget;
    this.#record = new Int32Array(problem.words + 1);
    this.#changed = new Int32Array(problem.words + 1);
    const pendingWords = problem.words - problem.completedWords;
    this.#current = new Frontier(problem.completedWords, pendingWords);
    this.#next = new Frontier(problem.completedWords, pendingWords);
  }

  run(): SearchResult {
    const { byReturn, original, ret } = this.#problem;
    this.#record[0] = States.INITIAL;
    this.#current.add(this.#record);
    for (const returning of byReturn) {
      this.#openUntil(ret[returning] ?? 0);
      const reached = this.#pass(returning);
      if (reached !== undefined) return { kind: 'unknown', reached };
      if (this.#next.count === 0) return { kind: 'violated', failing: original[returning] ?? 0 };
      [this.#current, this.#next] = [this.#next, this.#current];
      this.#next.clear();
      this.#open = this.#open.filter((index) => index !== returning);
    }
    return { kind: 'linearizable' };
  }

  #openUntil(time: number): void {
    const { byCall, call, pending } = this.#problem;
    for (; this.#nextCall < byCall.length; this.#nextCall += 1) {
      const index = byCall[this.#nextCall] ?? 0;
      if ((call[index] ?? 0) > time) break;
      this.#open.push(index);
    }
    while (this.#pendingOpen < pending.length && (call[pending[this.#pendingOpen] ?? 0] ?? 0) <= time)
      this.#pendingOpen += 1;
  }

  /** From the configurations before a return to those after it. The current frontier grows while it is walked. */
  #pass(returning: number): LimitReached | undefined {
    for (let entry = 0; entry < this.#current.count; entry += 1) {
      if (this.#current.isCovered(entry)) continue;
      this.#current.read(entry, this.#record);
      const reached = this.#budget.spend(this.#current.count + this.#next.count);
      if (reached !== undefined) return reached;
      if (this.#isLinearized(returning)) {
        this.#flip(this.#record, returning);
        this.#next.add(this.#record);
      } else if (!this.#observe(returning)) {
        const limit = this.#extend(returning);
        if (limit !== undefined) return limit;
      }
    }
    return undefined;
  }

  /** Linearizes at once every open observer that the state allows; whether there was any. */
  #observe(returning: number): boolean {
    const { observes, step } = this.#problem;
    const state = this.#record[0] ?? 0;
    let isChanged = false;
    for (const index of this.#open) {
      if (observes[index] === 0 || this.#isLinearized(index) || step(state, index) < 0) continue;
      this.#flip(this.#record, index);
      isChanged = true;
    }
    if (!isChanged) return false;
    if (this.#isLinearized(returning)) {
      this.#flip(this.#record, returning);
      this.#next.add(this.#record);
    } else {
      this.#current.add(this.#record);
    }
    return true;
  }

  /** Every configuration that is one more operation away. */
  #extend(returning: number): LimitReached | undefined {
    const { pending, observes, rank, ret } = this.#problem;
    const place = rank[returning] ?? 0;
    const until = ret[returning] ?? 0;
    for (const index of this.#open) {
      if (observes[index] === 1 || this.#isLinearized(index) || this.#hasTwin(index, place, until)) continue;
      const limit = this.#linearize(index, index === returning);
      if (limit !== undefined) return limit;
    }
    for (let nth = 0; nth < this.#pendingOpen; nth += 1) {
      const index = pending[nth] ?? 0;
      if (this.#isLinearized(index) || this.#hasTwin(index, place, until)) continue;
      const limit = this.#linearize(index, false);
      if (limit !== undefined) return limit;
    }
    return this.#applyFree();
  }

  #applyFree(): LimitReached | undefined {
    const { free, size } = this.#problem;
    for (let nth = 0; nth < free; nth += 1) {
      const state = this.#problem.step(this.#record[0] ?? 0, size + nth);
      if (state < 0) continue;
      if (state > MAX_STATES_WITH_FREE) return 'configurations';
      this.#changed.set(this.#record);
      this.#changed[0] = state;
      this.#current.add(this.#changed);
      const limit = this.#budget.spend(this.#current.count + this.#next.count);
      if (limit !== undefined) return limit;
    }
    return undefined;
  }

  /** Whether another operation would do in this one's place, and is better used first. */
  #hasTwin(index: number, place: number, until: number): boolean {
    const { twin, rank, call } = this.#problem;
    let other = twin[index] ?? -1;
    for (; other >= 0 && (rank[other] ?? 0) >= place; other = twin[other] ?? -1) {
      if (!this.#isLinearized(other) && (call[other] ?? 0) <= until) return true;
    }
    return false;
  }

  #linearize(index: number, isReturning: boolean): LimitReached | undefined {
    const state = this.#problem.step(this.#record[0] ?? 0, index);
    if (state >= 0) {
      this.#changed.set(this.#record);
      this.#changed[0] = state;
      if (!isReturning) this.#flip(this.#changed, index);
      (isReturning ? this.#next : this.#current).add(this.#changed);
    }
    return this.#budget.spend(this.#current.count + this.#next.count);
  }

  #isLinearized(index: number): boolean {
    const slot = this.#problem.slot[index] ?? 0;
    return ((this.#record[1 + (slot >>> 5)] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  #flip(record: Int32Array, index: number): void {
    const slot = this.#problem.slot[index] ?? 0;
    const word = 1 + (slot >>> 5);
    record[word] = (record[word] ?? 0) ^ (1 << (slot & 31));
  }
}
