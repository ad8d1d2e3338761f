/**
 * Operations in the order of their calls, from which any can be taken out and put back at the same place, in constant
 * time each, if they are put back in the opposite order (Lowe 2017, "Testing for linearizability", §4: the list that
 * Wing & Gong's search walks instead of copying histories).
 */
export class OpenList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #end: number;

  /** `size`: one more than the largest index in `order`. */
  constructor(order: Int32Array, size: number) {
    this.#end = size;
    this.#next = new Int32Array(size + 1);
    this.#previous = new Int32Array(size + 1);
    let last = size;
    for (const index of order) {
      this.#next[last] = index;
      this.#previous[index] = last;
      last = index;
    }
    this.#next[last] = size;
    this.#previous[size] = last;
  }

  /** The first operation, or -1. */
  first(): number {
    return this.after(this.#end);
  }

  /** The operation after this one, or -1. */
  after(index: number): number {
    const next = this.#next[index] ?? this.#end;
    return next === this.#end ? -1 : next;
  }

  remove(index: number): void {
    const previous = this.#previous[index] ?? this.#end;
    const next = this.#next[index] ?? this.#end;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  restore(index: number): void {
    this.#next[this.#previous[index] ?? this.#end] = index;
    this.#previous[this.#next[index] ?? this.#end] = index;
  }
}
