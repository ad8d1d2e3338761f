/**
 * Whether the boot that a Host belongs to still goes on. Everything that a Host does asks first: once the life has
 * ended, calls do nothing and promises stay as they are.
 */
export class Life {
  #isAlive = true;

  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
  }
}
