import type { Clock } from '@lockstep/api';

/** Lets handlers wait for something in the replicated state, without asking again and again. */
export class Watch {
  readonly #clock: Clock;
  readonly #checks = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called whenever the state may have changed. */
  poke(): void {
    for (const check of this.#checks) check();
  }

  /** The first answer of `probe` that is not `undefined`; `undefined` when there was none for so long. */
  until<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const answer = probe();
    if (answer !== undefined) return Promise.resolve(answer);
    return new Promise((resolve) => {
      const finish = (result: T | undefined): void => {
        this.#checks.delete(check);
        timer.cancel();
        resolve(result);
      };
      const check = (): void => {
        const result = probe();
        if (result !== undefined) finish(result);
      };
      const timer = this.#clock.after(timeoutMs, () => finish(undefined));
      this.#checks.add(check);
    });
  }
}
