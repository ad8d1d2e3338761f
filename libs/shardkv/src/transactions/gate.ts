/** A gate as plain data. */
export type StoredGate = readonly [upTo: number, open: readonly number[]];

/**
 * Which attempts of one coordinator a shard may still prepare. A copy of a request can be late, and come after the
 * decision: to lock the keys again would at best be in vain, and when the coordinator is then asked and still knows the
 * attempt as applied, its writes would happen twice.
 *
 * Whatever the coordinator sends of an attempt names the earlier ones that are not over. So all that has to be kept is
 * the latest attempt that was heard of, and which of those up to it are open.
 */
export class Gate {
  #upTo = 0;
  readonly #open = new Set<number>();

  admits(number: number): boolean {
    return number > this.#upTo || this.#open.has(number);
  }

  /** Something was heard of attempt `number`, when those in `open` were not over. */
  hear(number: number, open: readonly number[]): void {
    for (const one of open) if (one > this.#upTo && one <= number) this.#open.add(one);
    if (number > this.#upTo) {
      this.#upTo = number;
      this.#open.add(number);
    }
    for (const one of this.#open) if (one < number && !open.includes(one)) this.#open.delete(one);
  }

  /** Attempt `number` has been decided. */
  close(number: number, open: readonly number[]): void {
    this.hear(number, open);
    this.#open.delete(number);
  }

  save(): StoredGate {
    return [this.#upTo, [...this.#open]];
  }

  static restored([upTo, open]: StoredGate): Gate {
    const gate = new Gate();
    gate.#upTo = upTo;
    for (const number of open) gate.#open.add(number);
    return gate;
  }
}
