import type { Decision } from '../model.ts';
import { NONE, type Chains } from './chains.ts';

/**
 * Finds a moment for each operation that fits everywhere but into one state, such as a compare-and-set that failed.
 *
 * A violation without these operations is one with them. Given an explanation without them, all its operations take
 * effect as early as they can, or else as late; a floating operation is then placed before its forbidden state begins
 * or after it has ended. If that fails, another explanation might still do, and the question goes to the search.
 */
export function placeFloating(chains: Chains, decision: Decision): Decision | undefined {
  if (!decision.linearizable || decision.order === undefined || chains.floating.size === 0) return decision;
  const order = decision.order();
  return (
    placeAt(chains, order, earliestMoments(chains, order)) ??
    placeAt(chains, order, latestMoments(chains, order))
  );
}

function placeAt(chains: Chains, order: readonly number[], moments: readonly number[]): Decision | undefined {
  const begins = new Map<number, number>();
  const ends = new Map<number, number>();
  let write = chains.initial;
  for (const [place, index] of order.entries()) {
    if (chains.isWrite[index] === 0) continue;
    begins.set(index, moments[place] ?? 0);
    ends.set(write, moments[place] ?? 0);
    write = index;
  }
  const placed: Placed[] = [];
  for (const [index, forbidden] of chains.floating) {
    const call = chains.call[index] ?? 0;
    const begin = begins.get(forbidden);
    const end = ends.get(forbidden);
    const isNever = forbidden === NONE || (begin === undefined && forbidden !== chains.initial);
    if (isNever || (begin !== undefined && call <= begin)) {
      placed.push({ index, moment: call, isBefore: true });
    } else if (end !== undefined && end <= (chains.ret[index] ?? 0)) {
      placed.push({ index, moment: Math.max(call, end), isBefore: false });
    } else {
      return undefined;
    }
  }
  return { linearizable: true, order: () => merge(order, moments, placed) };
}

interface Placed {
  readonly index: number;
  readonly moment: number;
  /** Whether it comes before or after the operations of the same moment. */
  readonly isBefore: boolean;
}

/** The earliest moments at which operations can take effect in a given order. */
function earliestMoments(chains: Chains, order: readonly number[]): number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return order.map((index) => (latest = Math.max(latest, chains.call[index] ?? 0)));
}

/** The latest moments. */
function latestMoments(chains: Chains, order: readonly number[]): number[] {
  let earliest = Number.POSITIVE_INFINITY;
  return order
    .toReversed()
    .map((index) => (earliest = Math.min(earliest, chains.ret[index] ?? 0)))
    .toReversed();
}

function merge(order: readonly number[], moments: readonly number[], placed: readonly Placed[]): number[] {
  const ranked = [
    ...order.map((index, place) => ({ index, moment: moments[place] ?? 0, rank: 1 })),
    ...placed.map(({ index, moment, isBefore }) => ({ index, moment, rank: isBefore ? 0 : 2 })),
  ];
  return ranked.toSorted((a, b) => a.moment - b.moment || a.rank - b.rank).map(({ index }) => index);
}
