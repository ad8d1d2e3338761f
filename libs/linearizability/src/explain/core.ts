import { isObserver, type Model, type Operation } from '../model.ts';
import { Budget } from '../limit.ts';
import { plainText } from '../search/plain-text.ts';
import { isContradiction } from '../search/search.ts';
import { judge } from './judge.ts';

/** The first question is answered more often than the second, and is worth more steps. */
const STEPS_FOR_FREE = 10;
/** What all questions together may cost. */
const STEPS_IN_ALL = 200;
const MAX_CONFIGURATIONS = 30_000;

/** A smallest contradiction. */
export interface Core {
  /** Indexes in the partition. */
  readonly indexes: readonly number[];
  /** False if a limit kept some operation in that may not be needed. */
  readonly isMinimal: boolean;
}

/**
 * Finds operations that contradict each other, each of which is needed for that.
 *
 * To leave an operation out means to forget what is known about it: when it happened, whether it did, and what it
 * returned. An observer then says nothing, and a write may take effect at any moment or never. (To strike writes out
 * altogether would make every read a contradiction by itself, for want of the write that it saw.) Forgetting can only
 * make more orders possible, so a set of which no operation can be left out is found by leaving out one after another,
 * from the first of the candidates that is a contradiction, or else from all operations.
 */
export function findCore<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  candidates: readonly (() => readonly number[])[],
  steps: number,
): Core {
  const minimizer = new Minimizer(model, operations, steps);
  for (const candidate of candidates) {
    const indexes = candidate();
    if (indexes.length > 0 && minimizer.contradicts(indexes, false)) return minimizer.run(indexes);
  }
  return minimizer.run([...operations.keys()]);
}

class Minimizer<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #steps: number;
  #isMinimal = true;
  #spent = 0;

  constructor(
    model: Model<State, Input, Output>,
    operations: readonly Operation<Input, Output>[],
    steps: number,
  ) {
    this.#model = model;
    this.#operations = operations;
    this.#steps = steps;
  }

  /**
   * Whether these operations are a contradiction, whatever the others did. Where a search has to tell, it is first
   * asked whether they are one even if the others may take effect as often as one likes: that needs no memory of which
   * of them have. `isThorough`: whether to go on and ask the question itself.
   */
  contradicts(indexes: readonly number[], isThorough: boolean): boolean {
    const kept = new Set(indexes);
    const relaxed = relax(this.#model, this.#operations, kept);
    if (this.#spent > this.#steps * STEPS_IN_ALL) {
      this.#isMinimal = false;
      return false;
    }
    const decision = this.#model.decide?.(relaxed, this.#steps);
    if (decision !== undefined) return !decision.linearizable;
    this.#spent += this.#steps;
    const operations = this.#operations.filter((_, index) => kept.has(index));
    const budget = new Budget({ steps: this.#steps * STEPS_FOR_FREE, configurations: MAX_CONFIGURATIONS });
    const isContradictory = isContradiction(this.#model, operations, this.#freeInputs(kept), budget);
    this.#spent += budget.steps;
    if (isContradictory) return true;
    if (!isThorough) return false;
    const { verdict } = judge(this.#model, relaxed, this.#steps);
    this.#spent += this.#steps;
    if (verdict === 'unknown') this.#isMinimal = false;
    return verdict === 'violated';
  }

  /** The inputs of all other operations, each once. */
  #freeInputs(kept: ReadonlySet<number>): Input[] {
    const inputs = new Map<unknown, Input>();
    for (const [index, operation] of this.#operations.entries()) {
      if (kept.has(index) || isObserver(this.#model, operation)) continue;
      const { input } = operation;
      inputs.set(plainText(input) ?? Symbol('equal to nothing else'), input);
    }
    return [...inputs.values()];
  }

  /**
   * Leaves out halves, then quarters, and in the end single operations: observers first, for a write says more about
   * what happened, and of each kind the oldest.
   */
  run(start: readonly number[]): Core {
    const order = start.toSorted((a, b) => this.#callOf(a) - this.#callOf(b));
    let kept = [
      ...order.filter((index) => this.#isObserver(index)),
      ...order.filter((index) => !this.#isObserver(index)),
    ];
    for (let size = Math.ceil(kept.length / 2); ; size = Math.ceil(size / 2)) {
      this.#isMinimal = true;
      for (let place = 0; place < kept.length; ) {
        const rest = kept.toSpliced(place, size);
        if (rest.length > 0 && this.contradicts(rest, size <= 1)) kept = rest;
        else place += size;
      }
      if (size <= 1) return { indexes: kept, isMinimal: this.#isMinimal };
    }
  }

  #callOf(index: number): number {
    return this.#operations[index]?.call ?? 0;
  }

  #isObserver(index: number): boolean {
    const operation = this.#operations[index];
    return operation !== undefined && isObserver(this.#model, operation);
  }
}

/** The history in which nothing is known of operations but of these. */
export function relax<Input, Output>(
  model: Pick<Model<never, Input, Output>, 'observes'>,
  operations: readonly Operation<Input, Output>[],
  kept: ReadonlySet<number>,
): Operation<Input, Output>[] {
  const earliest = operations.reduce((least, { call }) => Math.min(least, call), 0);
  return operations.flatMap((operation, index) => {
    if (kept.has(index)) return operation;
    if (isObserver(model, operation)) return [];
    const { client, input } = operation;
    return { client, call: earliest, ret: undefined, input, output: undefined };
  });
}
