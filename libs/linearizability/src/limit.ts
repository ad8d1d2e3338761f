/**
 * How long a caller is willing to wait. A check without a limit always decides. The library reads no clock: a limit in
 * time comes with the caller's own.
 */
export interface Limit {
  /** How many transitions the general search may try, over all partitions. */
  readonly steps?: number;
  /** How many configurations the search may hold at once: the bound on its memory, about 40 bytes each. */
  readonly configurations?: number;
  /** The caller's clock, and its reading at which to give up. */
  readonly now?: () => number;
  readonly deadline?: number;
}

/** The limit that was reached. */
export type LimitReached = 'steps' | 'configurations' | 'time';

/** How many steps pass between two looks at the clock. */
const STEPS_PER_LOOK = 1024;

/** Counts what a check has spent of its limit. */
export class Budget {
  readonly #limit: Limit;
  #untilLook = STEPS_PER_LOOK;
  /** Transitions tried so far. */
  steps = 0;

  constructor(limit: Limit = {}) {
    this.#limit = limit;
  }

  /** Counts one transition, while `configurations` are held; says which limit this goes beyond, if any. */
  spend(configurations: number): LimitReached | undefined {
    this.steps += 1;
    if (this.#limit.steps !== undefined && this.steps > this.#limit.steps) return 'steps';
    if (this.#limit.configurations !== undefined && configurations > this.#limit.configurations)
      return 'configurations';
    this.#untilLook -= 1;
    return this.#untilLook > 0 ? undefined : this.look();
  }

  /** Looks at the caller's clock. */
  look(): LimitReached | undefined {
    this.#untilLook = STEPS_PER_LOOK;
    const { now, deadline } = this.#limit;
    return now !== undefined && deadline !== undefined && now() > deadline ? 'time' : undefined;
  }
}
