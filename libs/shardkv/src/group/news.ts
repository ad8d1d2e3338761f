import type { Clock } from '@lockstep/api';

/** Wakes those who wait for something of the machine's to change. */
export class News {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something has changed. */
  spread(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves when the condition holds, or after so many milliseconds. */
  until(condition: () => boolean, ms: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => {
        if (condition()) end();
      };
      const timer = this.#clock.after(ms, end);
      this.#waiting.add(look);
    });
  }

  /** Resolves when anything has changed, or after so many milliseconds. */
  next(ms: number): Promise<void> {
    let isFirst = true;
    return this.until(() => {
      const isNews = !isFirst;
      isFirst = false;
      return isNews;
    }, ms);
  }
}
