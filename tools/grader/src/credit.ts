import { wilson95 } from './wilson.ts';

/** What part of a test's points its passing seeds give. */
export const CREDIT_POLICIES = ['all-seeds', 'share', 'share-confident'] as const;

/** See {@link CREDIT_POLICIES} and {@link creditFor}. */
export type Credit = (typeof CREDIT_POLICIES)[number];

/**
 * The part of a test's points, from 0 to 1, that `passed` of `total` seeds give.
 *
 * - `all-seeds`: everything, or nothing.
 * - `share`: the share of seeds that passed.
 * - `share-confident`: what can be said of the share with confidence: the lower end of its 95 % interval (Wilson), as a
 *   part of that of a submission without fault. Few seeds prove little, so a failure among few costs more.
 */
export function creditFor(credit: Credit, passed: number, total: number): number {
  if (passed >= total && total > 0) return 1;
  if (credit === 'all-seeds' || passed === 0) return 0;
  if (credit === 'share') return passed / total;
  return wilson95(passed, total).low / wilson95(total, total).low;
}

/** Points as files show them: six decimals hold any fraction of a point that matters, and none of the rounding. */
export function roundPoints(points: number): number {
  return Math.round(points * 1e6) / 1e6;
}
