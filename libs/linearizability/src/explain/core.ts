import type { Model, Operation } from '../model.ts';
import { judge } from './judge.ts';

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
  candidates: readonly (readonly number[])[],
  steps: number,
): Core {
  const minimizer = new Minimizer(model, operations, steps);
  const start = candidates.find((indexes) => indexes.length > 0 && minimizer.contradicts(indexes));
  return minimizer.run(start ?? [...operations.keys()]);
}

class Minimizer<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #steps: number;
  #isMinimal = true;

  constructor(
    model: Model<State, Input, Output>,
    operations: readonly Operation<Input, Output>[],
    steps: number,
  ) {
    this.#model = model;
    this.#operations = operations;
    this.#steps = steps;
  }

  /** Whether these operations are a contradiction, whatever the others did. */
  contradicts(indexes: readonly number[]): boolean {
    const judgement = judge(this.#model, relax(this.#model, this.#operations, new Set(indexes)), this.#steps);
    if (judgement.verdict === 'unknown') this.#isMinimal = false;
    return judgement.verdict === 'violated';
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
        if (rest.length > 0 && this.contradicts(rest)) kept = rest;
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
    if (operation === undefined) return false;
    const output = operation.ret === undefined ? undefined : operation.output;
    return this.#model.observes?.(operation.input, output) === true;
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
    const { client, input, ret, output } = operation;
    if (model.observes?.(input, ret === undefined ? undefined : output) === true) return [];
    return { client, call: earliest, ret: undefined, input, output: undefined };
  });
}
