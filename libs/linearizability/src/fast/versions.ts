import { returnOf, type Decision, type Operation } from '../model.ts';
import type { VersionedInput, VersionedOutput } from '../models/versioned.ts';
import { NONE } from './chains.ts';

type VersionedOperation = Operation<VersionedInput, VersionedOutput>;

/** All that a history says about one version. */
interface Level {
  /** The put that made the version; NONE for version 0, or while it is not known. */
  writer: number;
  /** The value that was read at this version. */
  value: string | undefined;
  readonly readers: number[];
  /** Puts that were refused, though they named this version. */
  readonly refused: number[];
  /** Pending puts that name this version. */
  readonly pending: number[];
  /** The earliest moment at which the version can be there, and the operation that keeps it from being earlier. */
  begin: number;
  beginOf: number;
}

/**
 * Decides versioned puts and gets. Each response names the version that it saw, so the order is known: the put that
 * made version 1, its readers, the put that made version 2, and so on; it remains to compare it with time. Puts that
 * were refused saw *another* version than the one they named, so each comes before that version or after it.
 */
export function decideVersioned(operations: readonly VersionedOperation[]): Decision | undefined {
  const levels = new Map<number, Level>([[0, { ...emptyLevel(), value: '' }]]);
  for (let index = 0; index < operations.length; index += 1) {
    const operation = operations[index];
    const found = operation === undefined ? undefined : collect(levels, index, operation, operations);
    if (found !== undefined) return found === 'ambiguous' ? undefined : found;
  }
  const highest = highestOf(levels);
  // Without a writer for each version there is no explanation, and no need to look at each number.
  if (highest > operations.length) return { linearizable: false, suspects: [] };
  const chain = chainOf(levels, highest, operations);
  if (chain === undefined) return { linearizable: false, suspects: [] };
  const suspects = timeForward(chain, operations) ?? placeRefused(chain, operations);
  if (suspects === undefined) return { linearizable: true, order: () => orderOf(chain, levels, operations) };
  // A pending put may have made one more version, unseen, on account of which others were refused.
  const top = chain[highest];
  const couldGrow = top !== undefined && top.pending.length > 0 && top.refused.length > 0;
  return couldGrow ? undefined : { linearizable: false, suspects };
}

function emptyLevel(): Level {
  return {
    writer: NONE,
    value: undefined,
    readers: [],
    refused: [],
    pending: [],
    begin: Number.NEGATIVE_INFINITY,
    beginOf: NONE,
  };
}

function levelOf(levels: Map<number, Level>, version: number): Level {
  const level = levels.get(version) ?? emptyLevel();
  levels.set(version, level);
  return level;
}

/** Takes in one operation. */
function collect(
  levels: Map<number, Level>,
  index: number,
  { input, ret, output }: VersionedOperation,
  operations: readonly VersionedOperation[],
): Decision | 'ambiguous' | undefined {
  if (input.op === 'get') {
    if (ret === undefined) return undefined;
    if (typeof output !== 'object' || !Number.isSafeInteger(output.version)) return 'ambiguous';
    if (output.version < 0) return { linearizable: false, suspects: [index] };
    const level = levelOf(levels, output.version);
    level.readers.push(index);
    level.value ??= output.value;
    return level.value === output.value
      ? undefined
      : { linearizable: false, suspects: [level.readers[0] ?? index, index] };
  }
  if (!Number.isSafeInteger(input.version)) return 'ambiguous';
  if (ret === undefined) levelOf(levels, input.version).pending.push(index);
  else if (output === false) levelOf(levels, input.version).refused.push(index);
  else if (output !== true) return 'ambiguous';
  else if (input.version < 0) return { linearizable: false, suspects: [index] };
  else {
    const made = levelOf(levels, input.version + 1);
    if (made.writer !== NONE && operations[made.writer] !== undefined)
      return { linearizable: false, suspects: [made.writer, index] };
    made.writer = index;
  }
  return undefined;
}

/** The highest version that is known to have been there. */
function highestOf(levels: ReadonlyMap<number, Level>): number {
  let highest = 0;
  for (const [version, level] of levels) {
    if (version > highest && (level.writer !== NONE || level.readers.length > 0)) highest = version;
  }
  return highest;
}

/** The levels from 0 to the highest, each with its writer, which may have to be a pending put. */
function chainOf(
  levels: ReadonlyMap<number, Level>,
  highest: number,
  operations: readonly VersionedOperation[],
): Level[] | undefined {
  const chain: Level[] = [];
  for (let version = 0; version <= highest; version += 1) {
    const level = levels.get(version) ?? emptyLevel();
    if (version > 0) {
      const fits = (index: number): boolean =>
        level.value === undefined || valueOf(operations[index]) === level.value;
      if (level.writer === NONE)
        level.writer = earliestOf(levels.get(version - 1)?.pending.filter(fits), operations);
      if (level.writer === NONE || !fits(level.writer)) return undefined;
    }
    chain.push(level);
  }
  return chain;
}

function valueOf(operation: VersionedOperation | undefined): string | undefined {
  return operation?.input.op === 'put' ? operation.input.value : undefined;
}

/** A pending operation is bound by its call alone, so the one called first serves best. */
function earliestOf(pending: readonly number[] = [], operations: readonly VersionedOperation[]): number {
  let earliest = NONE;
  for (const index of pending) {
    if (earliest === NONE || callOf(operations, index) < callOf(operations, earliest)) earliest = index;
  }
  return earliest;
}

function callOf(operations: readonly VersionedOperation[], index: number): number {
  return operations[index]?.call ?? Number.NEGATIVE_INFINITY;
}

function retOf(operations: readonly VersionedOperation[], index: number): number {
  const operation = operations[index];
  return operation === undefined ? Number.POSITIVE_INFINITY : returnOf(operation);
}

/** Finds how early each version can be there; operations that return before that contradict. */
function timeForward(
  chain: readonly Level[],
  operations: readonly VersionedOperation[],
): number[] | undefined {
  let latest = Number.NEGATIVE_INFINITY;
  let latestOf = NONE;
  const wait = (index: number): void => {
    const call = callOf(operations, index);
    if (call > latest) [latest, latestOf] = [call, index];
  };
  for (const level of chain) {
    wait(level.writer);
    level.begin = latest;
    level.beginOf = latestOf;
    const early = tooEarly(level, operations);
    if (early !== NONE) return [early, latestOf];
    for (const reader of level.readers) wait(reader);
  }
  return undefined;
}

/** An operation of a level that returned before the version can have been there. */
function tooEarly(level: Level, operations: readonly VersionedOperation[]): number {
  if (level.writer !== NONE && retOf(operations, level.writer) < level.begin) return level.writer;
  return level.readers.find((reader) => retOf(operations, reader) < level.begin) ?? NONE;
}

/**
 * Finds a place for every refused put, from the last version down. After the version that it named, if the next one
 * can be there before the put returns. Otherwise before it, which delays the version until the put is called: and
 * that delays no later version, for the next one only comes after the put has returned.
 */
function placeRefused(
  chain: readonly Level[],
  operations: readonly VersionedOperation[],
): number[] | undefined {
  for (let version = chain.length - 1; version >= 0; version -= 1) {
    const level = chain[version];
    if (level === undefined) continue;
    const end = chain[version + 1]?.begin ?? Number.POSITIVE_INFINITY;
    for (const index of level.refused) {
      if (retOf(operations, index) >= end) continue;
      if (version === 0) return [];
      level.begin = Math.max(level.begin, callOf(operations, index));
    }
    if (tooEarly(level, operations) !== NONE) return [];
  }
  return undefined;
}

/** All operations by the moments found; those of one moment in the order of their versions. */
function orderOf(
  chain: readonly Level[],
  levels: ReadonlyMap<number, Level>,
  operations: readonly VersionedOperation[],
): number[] {
  const placed: { readonly index: number; readonly moment: number; readonly rank: number }[] = [];
  for (const [version, level] of chain.entries()) {
    const end = chain[version + 1]?.begin ?? Number.POSITIVE_INFINITY;
    if (level.writer !== NONE) placed.push({ index: level.writer, moment: level.begin, rank: version * 3 });
    for (const index of level.readers) {
      const moment = Math.max(level.begin, callOf(operations, index));
      placed.push({ index, moment, rank: version * 3 + 1 });
    }
    for (const index of level.refused) {
      const isAfter = retOf(operations, index) >= end;
      const moment = isAfter ? Math.max(end, callOf(operations, index)) : callOf(operations, index);
      placed.push({ index, moment, rank: isAfter ? version * 3 + 3.5 : version * 3 - 0.5 });
    }
  }
  for (const [version, level] of levels) {
    if (version >= 0 && version < chain.length) continue;
    for (const index of level.refused) placed.push({ index, moment: callOf(operations, index), rank: -1 });
  }
  return placed.toSorted((a, b) => a.moment - b.moment || a.rank - b.rank).map(({ index }) => index);
}
