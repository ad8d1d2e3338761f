/** An interval of proportions, both ends between 0 and 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The quantile of the normal distribution that leaves 2.5 % on either side. */
const Z = 1.959963984540054;

/**
 * The 95 % interval of a proportion after `successes` in `trials`, by Wilson's score (E. B. Wilson, 1927): it keeps its
 * promise for few trials, and for proportions near 0 and 1, where the textbook interval is empty or leaves [0, 1].
 */
export function wilson95(successes: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const share = successes / trials;
  const z2 = Z * Z;
  const centre = share + z2 / (2 * trials);
  const spread = Z * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials * trials));
  const scale = 1 + z2 / trials;
  // Rounding may carry an end a last bit too far.
  const clamp = (value: number): number => Math.min(1, Math.max(0, value / scale));
  return { low: clamp(centre - spread), high: clamp(centre + spread) };
}
