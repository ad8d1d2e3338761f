import { Script } from 'node:vm';
import type { Outlet } from './outlet.ts';

const SLICE_NAME = '__lockstepSlice';

/** Stops code that does not give control back: loops, endless microtasks, regular expressions that backtrack on. */
export class Watchdog {
  /** The wall clock ended a slice; the state that it left is not to be trusted. */
  hasBitten = false;
  readonly #limitMs: number | undefined;
  readonly #outlet: Outlet;
  readonly #script = new Script(`${SLICE_NAME}()`);

  /** @param limitMs bound on one slice; without one (in a debugger) nothing is stopped. */
  constructor(limitMs: number | undefined, outlet: Outlet) {
    this.#limitMs = limitMs;
    this.#outlet = outlet;
  }

  run(slice: () => void): void {
    this.#outlet.beat();
    if (this.#limitMs === undefined) return slice();
    Reflect.set(globalThis, SLICE_NAME, slice);
    try {
      this.#script.runInThisContext({ timeout: this.#limitMs });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') this.hasBitten = true;
      throw error;
    }
  }
}
