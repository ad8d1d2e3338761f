import type { Decision } from '../model.ts';
import { NONE, type Chains } from './chains.ts';

/**
 * The stretch of time that a chain occupies (Gibbons & Korach 1997, "Testing shared memories", §4.1, there for single
 * writes with their readers): from the earliest return to the latest call of its operations. If the return comes
 * first, the chain is in force from the one to the other: a forward zone. Otherwise it takes effect at one moment, or
 * longer, somewhere between the two: a backward zone.
 */
interface Zone {
  readonly root: number;
  readonly firstReturn: number;
  readonly firstReturnOf: number;
  readonly lastCall: number;
  readonly lastCallOf: number;
}

/**
 * Decides a history whose chains are known.
 *
 * The operations of a chain follow on each other with nothing of another chain between them, so an explanation is an
 * order of whole chains, each with its operations in the order of their states. Inside a chain that order must agree
 * with time. Between chains, C must come before D if some operation of C returns before one of D is called, that is,
 * if C's first return precedes D's last call. In a shortest cycle of such demands take the chain with the earliest
 * first return: it must precede each of the others, the one that precedes it included, so the cycle has length two.
 * There is an explanation, then, if no two chains must precede each other: if no two forward zones overlap and no
 * backward zone lies inside a forward one.
 */
export function decideByZones(chains: Chains): Decision {
  const zones: Zone[] = [];
  let linked = 0;
  for (let root = 0; root <= chains.size; root += 1) {
    if (chains.isWrite[root] === 0) continue;
    if (chains.previous[root] !== NONE) linked += 1;
    else if (isPresent(chains, root)) {
      const walked = walk(chains, root);
      if ('contradiction' in walked) return { linearizable: false, suspects: walked.contradiction };
      linked -= walked.length - 1;
      zones.push(walked.zone);
    }
  }
  // Writes with a predecessor that no chain leads to follow on each other in a ring.
  if (linked !== 0) return { linearizable: false, suspects: [] };
  const conflict = findConflict(zones);
  if (conflict === undefined) return { linearizable: true, order: () => orderOf(chains, zones) };
  const suspects = conflict.flatMap((zone) => [
    zone.firstReturnOf,
    zone.lastCallOf,
    ...witnesses(chains, zone.firstReturnOf),
    ...witnesses(chains, zone.lastCallOf),
  ]);
  return { linearizable: false, suspects: distinct(chains, suspects) };
}

function isPresent(chains: Chains, write: number): boolean {
  return (chains.ret[write] ?? 0) < Number.POSITIVE_INFINITY || chains.isObserved(write);
}

type Walked =
  | { readonly zone: Zone; readonly length: number }
  | { readonly contradiction: readonly number[] };

/** Follows a chain, checks that its order agrees with time, and measures its zone. */
function walk(chains: Chains, root: number): Walked {
  const { next, call, ret } = chains;
  let firstReturn = Number.POSITIVE_INFINITY;
  let firstReturnOf = root;
  let lastCall = Number.NEGATIVE_INFINITY;
  let lastCallOf = root;
  let length = 0;
  for (let write = root; write !== NONE; write = next[write] ?? NONE) {
    length += 1;
    const ownReturn = ret[write] ?? 0;
    if (ownReturn < lastCall) return { contradiction: clash(chains, lastCallOf, write) };
    if (ownReturn < firstReturn) [firstReturn, firstReturnOf] = [ownReturn, write];
    const ownCall = call[write] ?? 0;
    if (ownCall > lastCall) [lastCall, lastCallOf] = [ownCall, write];
    const reader = chains.firstReturnOf[write] ?? NONE;
    if (reader === NONE) continue;
    const readReturn = chains.firstReturn[write] ?? 0;
    if (readReturn < lastCall) return { contradiction: clash(chains, lastCallOf, reader) };
    if (readReturn < firstReturn) [firstReturn, firstReturnOf] = [readReturn, reader];
    const readCall = chains.lastCall[write] ?? 0;
    if (readCall > lastCall) [lastCall, lastCallOf] = [readCall, chains.lastCallOf[write] ?? NONE];
  }
  return { zone: { root, firstReturn, firstReturnOf, lastCall, lastCallOf }, length };
}

/** Two operations whose order in time is not that of their states, and what shows the latter. */
function clash(chains: Chains, earlier: number, later: number): number[] {
  return distinct(chains, [earlier, later, ...witnesses(chains, earlier), ...witnesses(chains, later)]);
}

/** What shows where in its chain an operation belongs. */
function witnesses(chains: Chains, index: number): number[] {
  const write = chains.isWrite[index] === 1 ? index : (chains.seen[index] ?? NONE);
  return [chains.shownBy[write] ?? NONE];
}

function distinct(chains: Chains, indexes: readonly number[]): number[] {
  return [...new Set(indexes)].filter((index) => index !== NONE && index !== chains.initial);
}

function isForward(zone: Zone): boolean {
  return zone.firstReturn < zone.lastCall;
}

/** Two chains each of which would have to precede the other. */
function findConflict(zones: readonly Zone[]): readonly [Zone, Zone] | undefined {
  const forward = zones.filter(isForward).toSorted((a, b) => a.firstReturn - b.firstReturn);
  let previous: Zone | undefined;
  for (const zone of forward) {
    if (previous !== undefined && zone.firstReturn < previous.lastCall) return [previous, zone];
    previous = zone;
  }
  for (const zone of zones) {
    if (isForward(zone)) continue;
    const around = lastBefore(forward, zone.lastCall);
    if (around !== undefined && zone.firstReturn < around.lastCall) return [around, zone];
  }
  return undefined;
}

/** Of forward zones, which do not overlap and are sorted, the last that begins before a moment. */
function lastBefore(forward: readonly Zone[], moment: number): Zone | undefined {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((forward[middle]?.firstReturn ?? 0) < moment) low = middle + 1;
    else high = middle;
  }
  return forward[low - 1];
}

/** The operations of all chains, in an order that explains the history. */
function orderOf(chains: Chains, zones: readonly Zone[]): number[] {
  const readers = Array.from({ length: chains.size + 1 }, (): number[] => []);
  for (let index = 0; index < chains.size; index += 1) {
    const write = chains.seen[index] ?? NONE;
    if (write !== NONE && chains.isWrite[index] === 0) readers[write]?.push(index);
  }
  const left = (zone: Zone): number => Math.min(zone.firstReturn, zone.lastCall);
  const sorted = zones.toSorted(
    (a, b) => difference(left(a), left(b)) || Number(isForward(a)) - Number(isForward(b)),
  );
  const order: number[] = [];
  for (const { root } of sorted) {
    for (let write = root; write !== NONE; write = chains.next[write] ?? NONE) {
      if (write !== chains.initial) order.push(write);
      order.push(...(readers[write] ?? []).toSorted((a, b) => (chains.call[a] ?? 0) - (chains.call[b] ?? 0)));
    }
  }
  return order;
}

/** A comparison that infinities of the same sign pass as equal. */
function difference(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
