/** What the hardware of each server has given it, and its guest may get, once each. */
export class Ledger {
  readonly #left = new Map<string, number>();

  /** The hardware of the machine `id` gives it something. */
  give(id: string, what: string): void {
    const key = `${id} ${what}`;
    this.#left.set(key, (this.#left.get(key) ?? 0) + 1);
  }

  /** Its guest gets it; false if the hardware has not given it, or not so often. */
  spend(id: string, what: string): boolean {
    const key = `${id} ${what}`;
    const left = this.#left.get(key) ?? 0;
    this.#left.set(key, left - 1);
    return left > 0;
  }
}
