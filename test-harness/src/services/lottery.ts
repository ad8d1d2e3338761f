/**
 * Draws of a workload, from one number of the plan: a linear congruential generator (Numerical Recipes' constants), for
 * a load that goes on until it is stopped cannot be drawn beforehand.
 */
export class Lottery {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `n` - 1. */
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    // The high bits are the better ones.
    return Math.floor((this.#state / 4_294_967_296) * n);
  }
}
