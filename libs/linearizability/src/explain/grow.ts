import { Budget } from '../limit.ts';
import { isObserver, type Model, type Operation } from '../model.ts';
import { plainText } from '../search/plain-text.ts';
import { isContradiction } from '../search/search.ts';
import { returnOrder } from './prefix.ts';

/** How often a set may grow before it is given up, and how large it may get. */
const MAX_ROUNDS = 40;
const MAX_OPERATIONS = 300;
const MAX_CONFIGURATIONS = 30_000;
/** How many questions may cost as much as one may. */
const DEAR_QUESTIONS = 40;

/**
 * Grows a contradiction around one operation, for histories too large to be reduced from all of it.
 *
 * Of all other operations only the inputs are known: they may take effect at any time. If the operation is explained by
 * some of these inputs, all operations with that input are taken in, so that they may take effect only when they did.
 * If it can be explained without any, the latest write that had returned before it is taken in. And so on, until there
 * is no explanation left. `undefined` if that does not happen soon.
 */
export function growContradiction<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  seed: number,
  steps: number,
): number[] | undefined {
  return new Growth(model, operations, seed, steps).run();
}

class Growth<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #steps: number;
  readonly #kept: Set<number>;
  /** Operations by what they ask, the observers apart. */
  readonly #kinds = new Map<unknown, number[]>();
  /** Writes that had returned when the seed was called, the latest last. */
  readonly #before: number[];
  #spent = 0;

  constructor(
    model: Model<State, Input, Output>,
    operations: readonly Operation<Input, Output>[],
    seed: number,
    steps: number,
  ) {
    this.#model = model;
    this.#operations = operations;
    this.#steps = steps;
    this.#kept = new Set([seed]);
    for (const [index, operation] of operations.entries()) {
      if (isObserver(this.#model, operation)) continue;
      const kind = plainText(operation.input) ?? Symbol('equal to nothing else');
      this.#kinds.set(kind, [...(this.#kinds.get(kind) ?? []), index]);
    }
    const call = operations[seed]?.call ?? 0;
    this.#before = returnOrder(operations).filter((index) => {
      const operation = operations[index];
      return operation !== undefined && (operation.ret ?? call) < call && !isObserver(this.#model, operation);
    });
  }

  run(): number[] | undefined {
    for (let round = 0; round < MAX_ROUNDS && this.#kept.size <= MAX_OPERATIONS; round += 1) {
      const free = [...this.#kinds.keys()].filter((kind) => !this.#isWhole(kind));
      if (this.#contradicts(free)) return [...this.#kept];
      if (this.#isSpent) return undefined;
      if (!this.#contradicts([])) {
        const write = this.#before.findLast((index) => !this.#kept.has(index));
        if (write === undefined) return undefined;
        this.#kept.add(write);
        continue;
      }
      for (const kind of this.#needed(free))
        for (const index of this.#kinds.get(kind) ?? []) this.#kept.add(index);
    }
    return undefined;
  }

  /** Kinds without which there would be no explanation: a minimal set of them. */
  #needed(free: readonly unknown[]): unknown[] {
    let needed = [...free];
    for (let size = Math.ceil(needed.length / 2); ; size = Math.ceil(size / 2)) {
      if (this.#isSpent) return needed;
      for (let place = 0; place < needed.length && !this.#isSpent; ) {
        const rest = needed.toSpliced(place, size);
        const others = new Set(rest);
        if (this.#contradicts(free.filter((kind) => !others.has(kind)))) needed = rest;
        else place += size;
      }
      if (size <= 1) return needed;
    }
  }

  get #isSpent(): boolean {
    return this.#spent > this.#steps * DEAR_QUESTIONS;
  }

  #isWhole(kind: unknown): boolean {
    return (this.#kinds.get(kind) ?? []).every((index) => this.#kept.has(index));
  }

  #contradicts(free: readonly unknown[]): boolean {
    const inputs = free.flatMap((kind) => {
      const operation = this.#operations[this.#kinds.get(kind)?.[0] ?? -1];
      return operation === undefined ? [] : [operation.input];
    });
    const kept = this.#operations.filter((_, index) => this.#kept.has(index));
    const budget = new Budget({ steps: this.#steps, configurations: MAX_CONFIGURATIONS });
    const isContradictory = isContradiction(this.#model, kept, inputs, budget);
    this.#spent += budget.steps;
    return isContradictory;
  }
}
