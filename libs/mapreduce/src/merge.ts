import type { Json } from '@lockstep/api';
import type { RunCursor } from './runs.ts';

export type Compare = (a: string, b: string) => number;

/** By UTF-16 code units. */
export const byCodeUnits: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Merges sorted runs: cursors in a binary heap, the one with the least key on top. Nothing but the lines at hand of
 * each run, and the values of one key, is in memory.
 */
export class Merge {
  readonly #compare: Compare;
  readonly #heap: RunCursor[] = [];

  constructor(compare: Compare) {
    this.#compare = compare;
  }

  /** Brings all runs to their first groups. */
  async open(cursors: readonly RunCursor[]): Promise<void> {
    const found = await Promise.all(cursors.map((cursor) => cursor.fill()));
    for (const [i, cursor] of cursors.entries()) if (found[i] === true) this.#push(cursor);
  }

  /** The least key, or `undefined` when all runs are at their ends. */
  get key(): string | undefined {
    return this.#heap[0]?.key;
  }

  /**
   * Moves the values of the least key into `values`. Gives a promise when it has to wait for a block, and nothing when
   * it is done.
   */
  take(values: Json[]): Promise<void> | undefined {
    const key = this.key;
    for (;;) {
      const [cursor] = this.#heap;
      if (cursor === undefined || cursor.key !== key) return undefined;
      if (values.length === 0) values.push(...cursor.values);
      else for (const value of cursor.values) values.push(value);
      if (cursor.advance()) this.#sink(0);
      else return this.#refill(cursor, key, values);
    }
  }

  async #refill(cursor: RunCursor, key: string | undefined, values: Json[]): Promise<void> {
    const hasMore = await cursor.fill();
    if (!hasMore) {
      const last = this.#heap.pop();
      if (last !== undefined && last !== cursor) this.#heap[0] = last;
    }
    this.#sink(0);
    if (this.key === key) await this.take(values);
  }

  #push(cursor: RunCursor): void {
    const heap = this.#heap;
    let at = heap.push(cursor) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#order(at, parent) >= 0) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    const { length } = this.#heap;
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      if (left >= length) return;
      const least = left + 1 < length && this.#order(left + 1, left) < 0 ? left + 1 : left;
      if (this.#order(least, at) >= 0) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #order(a: number, b: number): number {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    return left === undefined || right === undefined ? 0 : this.#compare(left.key, right.key);
  }

  #swap(a: number, b: number): void {
    const [left, right] = [this.#heap[a], this.#heap[b]];
    if (left === undefined || right === undefined) return;
    this.#heap[a] = right;
    this.#heap[b] = left;
  }
}
