import type { Clock } from '@lockstep/api';

/** Wakes one waiting loop. What is raised while nobody waits ends the next wait at once. */
export class Signal {
  readonly #clock: Clock;
  #raised = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Waits until the signal is raised, or for `ms` milliseconds. */
  async wait(ms = Infinity): Promise<void> {
    if (!this.#raised) {
      await new Promise<void>((resolve) => {
        const timer = ms === Infinity ? undefined : this.#clock.after(ms, resolve);
        this.#wake = () => {
          timer?.cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#raised = false;
  }
}
