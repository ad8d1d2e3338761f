import { returnOf, type Decision, type Operation } from '../model.ts';
import type { CounterInput } from '../models/counter.ts';
import { Heap } from './heap.ts';

type CounterOperation = Operation<CounterInput, number>;

/**
 * Decides a counter to which all additions add the same amount, so that one addition is as good as another. Going
 * through the calls and returns in order, additions take effect as late as they can: at their own return, or when a
 * read that is about to return needs a higher count; and then the one whose return is due first. Whatever another
 * choice of additions could do later, this one can do too.
 */
export function decideCounter(operations: readonly CounterOperation[]): Decision | undefined {
  const amount = amountOf(operations);
  if (amount === undefined) return undefined;
  const run = new CounterRun(operations, amount);
  const suspects = run.run();
  return suspects === undefined
    ? { linearizable: true, order: () => run.order }
    : { linearizable: false, suspects };
}

/** The amount of every addition, or `undefined` if they differ or the outcome of a read is not known. */
function amountOf(operations: readonly CounterOperation[]): number | undefined {
  let amount: number | undefined;
  for (const { input, ret, output } of operations) {
    if (input.op === 'read') {
      if (ret !== undefined && output === undefined) return undefined;
      continue;
    }
    if (input.by === 0 || (amount !== undefined && amount !== input.by)) return undefined;
    amount = input.by;
  }
  return amount ?? 1;
}

class CounterRun {
  readonly #operations: readonly CounterOperation[];
  readonly #amount: number;
  /** Additions that may take effect, the one that is due first on top. */
  readonly #ready: Heap<number>;
  readonly #isDone: Uint8Array;
  /** Reads that wait for a count. */
  readonly #waiting = new Map<number, number[]>();
  #count = 0;
  readonly order: number[] = [];

  constructor(operations: readonly CounterOperation[], amount: number) {
    this.#operations = operations;
    this.#amount = amount;
    this.#ready = new Heap((a, b) => this.#returnOf(a) < this.#returnOf(b));
    this.#isDone = new Uint8Array(operations.length);
  }

  /** The operations that contradict each other, as far as known, or `undefined` when everything fits. */
  run(): number[] | undefined {
    const indexes = [...this.#operations.keys()];
    const byCall = indexes.toSorted((a, b) => this.#callOf(a) - this.#callOf(b));
    const byReturn = indexes
      .filter((index) => this.#returnOf(index) < Number.POSITIVE_INFINITY)
      .toSorted((a, b) => this.#returnOf(a) - this.#returnOf(b));
    let next = 0;
    for (const index of byReturn) {
      for (; next < byCall.length && this.#callOf(byCall[next] ?? 0) <= this.#returnOf(index); next += 1)
        this.#begin(byCall[next] ?? 0);
      if (!this.#finish(index)) return [];
    }
    return undefined;
  }

  #begin(index: number): void {
    const operation = this.#operations[index];
    if (operation === undefined) return;
    if (operation.input.op === 'add') this.#ready.push(index);
    else if (operation.ret !== undefined) this.#await(index, this.#countOf(index));
  }

  #await(index: number, count: number): void {
    if (count === this.#count) {
      this.#isDone[index] = 1;
      this.order.push(index);
      return;
    }
    const waiting = this.#waiting.get(count) ?? [];
    waiting.push(index);
    this.#waiting.set(count, waiting);
  }

  /** Sees to it that an operation has taken effect by its return; whether that is possible. */
  #finish(index: number): boolean {
    const isRead = this.#operations[index]?.input.op === 'read';
    while (this.#isDone[index] === 0) {
      if (isRead && !(this.#count < this.#countOf(index))) return false;
      if (!this.#add()) return false;
    }
    return true;
  }

  #add(): boolean {
    const index = this.#ready.pop();
    if (index === undefined) return false;
    this.#isDone[index] = 1;
    this.order.push(index);
    this.#count += 1;
    for (const reader of this.#waiting.get(this.#count) ?? []) {
      this.#isDone[reader] = 1;
      this.order.push(reader);
    }
    this.#waiting.delete(this.#count);
    return true;
  }

  /** How many additions make what a read saw; not a whole number if none do. */
  #countOf(index: number): number {
    const count = (this.#operations[index]?.output ?? 0) / this.#amount;
    return count === 0 ? 0 : count;
  }

  #callOf(index: number): number {
    return this.#operations[index]?.call ?? 0;
  }

  #returnOf(index: number): number {
    const operation = this.#operations[index];
    return operation === undefined ? Number.POSITIVE_INFINITY : returnOf(operation);
  }
}
