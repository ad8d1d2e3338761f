/**
 * How many numbers a clerk may be ahead of its oldest operation that is not over. Servers keep a result for each of
 * them, at the most.
 */
const WINDOW = 128;

/** Numbers a session's operations, from 0, and knows which of them are over. */
export class SequenceNumbers {
  #next = 0;
  #settledBelow = 0;
  /** Numbers from {@link settledBelow} on whose operations are over, though an earlier one is not. */
  readonly #settledAbove = new Set<number>();
  #waiting: (() => void)[] = [];

  /** The next number; it may have to wait until older operations are over. */
  async take(): Promise<number> {
    while (this.#next >= this.#settledBelow + WINDOW) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#next++;
  }

  /** The clerk knows the result of this operation. */
  settle(sequence: number): void {
    this.#settledAbove.add(sequence);
    while (this.#settledAbove.delete(this.#settledBelow)) this.#settledBelow++;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** All operations with lower numbers are over: nobody needs their results any more. */
  get settledBelow(): number {
    return this.#settledBelow;
  }
}
