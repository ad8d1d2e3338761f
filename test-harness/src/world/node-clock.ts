/**
 * One node's own clock, as a piecewise linear function of true virtual time. It never goes back: a
 * backward skew makes it stand still until true time has caught up.
 */
export class NodeClock {
  #baseTrueUs = 0;
  #baseLocalUs = 0;
  #rate = 1;
  #latestUs = 0;

  /** Local time in µs at the true time `nowUs`. */
  read(nowUs: number): number {
    const local = this.#baseLocalUs + (nowUs - this.#baseTrueUs) * this.#rate;
    if (local > this.#latestUs) this.#latestUs = local;
    return this.#latestUs;
  }

  /** True µs that pass while this clock advances by `ms`; at least 0, rounded up to whole µs. */
  trueUs(ms: number): number {
    return Math.max(0, Math.ceil((ms * 1000) / this.#rate));
  }

  /** Jumps by `skewMs` and runs at `rate` from now on. Timers that are set already keep their true time. */
  bend(nowUs: number, skewMs: number, rate: number | undefined): void {
    if (rate !== undefined && !(rate > 0 && rate < Infinity))
      throw new RangeError(`a clock can't run at the rate ${rate}`);
    this.#baseLocalUs += (nowUs - this.#baseTrueUs) * this.#rate + skewMs * 1000;
    this.#baseTrueUs = nowUs;
    if (rate !== undefined) this.#rate = rate;
  }
}
