/** Numbers a session's writes, from 0, and knows which of them are over. */
export class SequenceNumbers {
  #next = 0;
  #settledBelow = 0;
  /** Numbers from {@link settledBelow} on whose writes are over, though an earlier one is not. */
  readonly #settledAbove = new Set<number>();

  take(): number {
    return this.#next++;
  }

  /** The clerk knows the result of this write. */
  settle(sequence: number): void {
    this.#settledAbove.add(sequence);
    while (this.#settledAbove.delete(this.#settledBelow)) this.#settledBelow++;
  }

  /** All writes with lower numbers are over: nobody needs their results any more. */
  get settledBelow(): number {
    return this.#settledBelow;
  }
}
