/** Draws integers below `n`, the same ones for the same seed. */
export type Draw = (n: number) => number;

/** A small generator (mulberry32), good enough to decide what a crash destroys. */
export function makeDraw(seed: number): Draw {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
