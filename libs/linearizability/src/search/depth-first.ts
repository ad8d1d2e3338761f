import type { Budget, LimitReached } from '../limit.ts';
import { Configurations } from './configurations.ts';
import { OpenList } from './open-list.ts';
import type { Problem, SearchResult } from './problem.ts';
import { States } from './states.ts';

/** The search gave up because it would have to remember too much; another one should be tried. */
export interface TooWide {
  readonly kind: 'too wide';
}

/** What a frame of the stack tries next. */
const FIRST = -1;
const FORCED = -2;
const DONE = -3;

/**
 * Wing & Gong's search (1993, "Testing and verifying concurrent objects") with Lowe's memory of configurations
 * (2017, §4), as a loop over an explicit stack, with undo in place of copies. Answers quickly when there is an
 * explanation near at hand. Gives up as "too wide" beyond `capacity` configurations, for it can forget none.
 */
export function searchDepthFirst(problem: Problem, budget: Budget, capacity: number): SearchResult | TooWide {
  return new DepthFirst(problem, budget, capacity).run();
}

class DepthFirst {
  readonly #problem: Problem;
  readonly #budget: Budget;
  readonly #capacity: number;
  readonly #memory: Configurations;
  readonly #open: OpenList;
  readonly #isLinearized: Uint8Array;
  /** The configuration: place in `byReturn` of the first unlinearized operation, state, bits of open operations. */
  readonly #record: Int32Array;
  #first = 0;
  #state = States.INITIAL;
  #deepest = 0;
  /** The stack: the operation that led here, what it replaced, and what the frame tries next. */
  readonly #operations: number[] = [];
  readonly #states: number[] = [];
  readonly #firsts: number[] = [];
  readonly #cursors: number[] = [FIRST];

  constructor(problem: Problem, budget: Budget, capacity: number) {
    this.#problem = problem;
    this.#budget = budget;
    this.#capacity = capacity;
    this.#memory = new Configurations(problem.words + 2);
    this.#open = new OpenList(problem.byCall, problem.size);
    this.#isLinearized = new Uint8Array(problem.size);
    this.#record = new Int32Array(problem.words + 2);
  }

  run(): SearchResult | TooWide {
    const { byReturn, original } = this.#problem;
    while (this.#first < byReturn.length) {
      const reached = this.#budget.spend(this.#memory.count);
      if (reached !== undefined) return unknown(reached);
      if (this.#memory.count > this.#capacity) return { kind: 'too wide' };
      const depth = this.#operations.length;
      const candidate = this.#nextCandidate(depth);
      if (candidate >= 0) this.#try(candidate);
      else if (depth === 0) return { kind: 'violated', failing: original[byReturn[this.#deepest] ?? 0] ?? 0 };
      else this.#undo();
    }
    return { kind: 'linearizable', order: this.#operations.map((index) => original[index] ?? 0) };
  }

  /** The next operation that the top frame may linearize, or -1. */
  #nextCandidate(depth: number): number {
    const cursor = this.#cursors[depth] ?? DONE;
    if (cursor === DONE) return -1;
    if (cursor === FIRST) {
      const observer = this.#enabledObserver();
      if (observer >= 0) {
        this.#cursors[depth] = DONE;
        return observer;
      }
      this.#cursors[depth] = FORCED;
      return this.#problem.byReturn[this.#first] ?? -1;
    }
    const candidate = this.#candidateAfter(cursor);
    this.#cursors[depth] = candidate < 0 ? DONE : candidate;
    return candidate;
  }

  /** Completed operations in the order of their calls, and then pending ones. */
  #candidateAfter(cursor: number): number {
    const { byReturn, ret, call, rank, pending, slot, completedWords, observes } = this.#problem;
    const earliest = byReturn[this.#first] ?? 0;
    const until = ret[earliest] ?? 0;
    let place = 0;
    if (cursor === FORCED || (rank[cursor] ?? 0) < byReturn.length) {
      let index = cursor === FORCED ? this.#open.first() : this.#open.after(cursor);
      for (; index >= 0 && (call[index] ?? 0) <= until; index = this.#open.after(index)) {
        // An observer that the state allowed would have been linearized already.
        if (index !== earliest && observes[index] === 0 && !this.#hasTwin(index, until)) return index;
      }
    } else {
      place = (slot[cursor] ?? 0) - completedWords * 32 + 1;
    }
    for (; place < pending.length; place += 1) {
      const index = pending[place] ?? 0;
      if ((call[index] ?? 0) > until) return -1;
      if (this.#isLinearized[index] === 0 && !this.#hasTwin(index, until)) return index;
    }
    return -1;
  }

  /** Whether another operation would do in this one's place, and is better used first. */
  #hasTwin(index: number, until: number): boolean {
    const { twin, rank, call } = this.#problem;
    let other = twin[index] ?? -1;
    for (; other >= 0 && (rank[other] ?? 0) >= this.#first; other = twin[other] ?? -1) {
      if (this.#isLinearized[other] === 0 && (call[other] ?? 0) <= until) return true;
    }
    return false;
  }

  #enabledObserver(): number {
    const { byReturn, ret, call, observes, step } = this.#problem;
    const until = ret[byReturn[this.#first] ?? 0] ?? 0;
    for (let index = this.#open.first(); index >= 0; index = this.#open.after(index)) {
      if ((call[index] ?? 0) > until) return -1;
      if (observes[index] === 1 && step(this.#state, index) >= 0) return index;
    }
    return -1;
  }

  #try(index: number): void {
    const { byReturn, rank, step } = this.#problem;
    const next = step(this.#state, index);
    const isPending = (rank[index] ?? 0) >= byReturn.length;
    // A pending operation that changes nothing is better kept for when it is needed.
    if (next < 0 || (isPending && next === this.#state)) return;
    this.#operations.push(index);
    this.#states.push(this.#state);
    this.#firsts.push(this.#first);
    this.#cursors.push(FIRST);
    this.#state = next;
    this.#isLinearized[index] = 1;
    if (!isPending) this.#open.remove(index);
    this.#flip(index);
    while (this.#first < byReturn.length && this.#isLinearized[byReturn[this.#first] ?? 0] === 1) {
      this.#flip(byReturn[this.#first] ?? 0);
      this.#first += 1;
    }
    if (this.#first > this.#deepest) this.#deepest = this.#first;
    this.#record[0] = this.#first;
    this.#record[1] = this.#state;
    if (this.#memory.add(this.#record) < 0) this.#undo();
  }

  #undo(): void {
    const { byReturn, rank } = this.#problem;
    const index = this.#operations.pop() ?? 0;
    this.#cursors.pop();
    this.#state = this.#states.pop() ?? 0;
    const first = this.#firsts.pop() ?? 0;
    while (this.#first > first) {
      this.#first -= 1;
      this.#flip(byReturn[this.#first] ?? 0);
    }
    this.#flip(index);
    if ((rank[index] ?? 0) < byReturn.length) this.#open.restore(index);
    this.#isLinearized[index] = 0;
  }

  /** Changes an operation's bit: 1 while it is linearized and open. */
  #flip(index: number): void {
    const slot = this.#problem.slot[index] ?? 0;
    const word = 2 + (slot >>> 5);
    this.#record[word] = (this.#record[word] ?? 0) ^ (1 << (slot & 31));
  }
}

function unknown(reached: LimitReached): SearchResult {
  return { kind: 'unknown', reached };
}
