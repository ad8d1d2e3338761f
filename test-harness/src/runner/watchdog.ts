import { Script } from 'node:vm';
import type { Outlet } from './outlet.ts';
import type { Whereabouts } from './run.ts';

// Taken before any foreign code runs.
const processorTime = process.cpuUsage.bind(process);

const SLICE_NAME = '__lockstepSlice';

/** Stops code that does not give control back: loops, endless microtasks, regular expressions that backtrack on. */
export class Watchdog {
  /** Where the wall clock ended a slice; the state that it left is not to be trusted. */
  bittenAt: (Whereabouts & { readonly cpuMs: number }) | undefined;
  readonly #limitMs: number | undefined;
  readonly #outlet: Pick<Outlet, 'beat'>;
  readonly #script = new Script(`${SLICE_NAME}()`);

  /** @param limitMs bound on one slice; without one (in a debugger) nothing is stopped. */
  constructor(limitMs: number | undefined, outlet: Pick<Outlet, 'beat'>) {
    this.#limitMs = limitMs;
    this.#outlet = outlet;
  }

  run(slice: () => void, whereabouts: () => Whereabouts): void {
    this.#outlet.beat();
    if (this.#limitMs === undefined) return slice();
    Reflect.set(globalThis, SLICE_NAME, slice);
    const begun = processorTime();
    try {
      this.#script.runInThisContext({ timeout: this.#limitMs });
    } catch (error) {
      if (isTimeout(error)) {
        const { user, system } = processorTime(begun);
        this.bittenAt = { ...whereabouts(), cpuMs: (user + system) / 1000 };
      }
      throw error;
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
