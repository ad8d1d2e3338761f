/** How far entries have been applied, and who waits for it to go further. */
export class AppliedIndex {
  #index = 0;
  #waiting: { readonly index: number; readonly resolve: () => void }[] = [];

  get value(): number {
    return this.#index;
  }

  advanceTo(index: number): void {
    this.#index = index;
    if (this.#waiting.length === 0) return;
    const reached = this.#waiting.filter((one) => one.index <= index);
    this.#waiting = this.#waiting.filter((one) => one.index > index);
    for (const { resolve } of reached) resolve();
  }

  /** Resolves once everything up to `index` has been applied. */
  reaches(index: number): Promise<void> {
    if (index <= this.#index) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ index, resolve }));
  }
}
