/** Lets one loop sleep until another part has something for it. */
export class Signal {
  #wake: (() => void) | undefined;

  /** Resolves at the next `raise`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  raise(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
