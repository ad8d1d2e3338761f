import fc from 'fast-check';
import { Log } from '../src/log.ts';
import type { Entry } from '../src/messages.ts';

/**
 * Logs that servers may have after many elections: in each term one of them leads from its own log, appends, and brings
 * some of the others up to some index of its own log. All of these logs match in the sense of Raft §5.3.
 */
export const histories: fc.Arbitrary<Entry[][]> = fc
  .array(
    fc.record({
      leader: fc.nat(2),
      appends: fc.integer({ min: 1, max: 4 }),
      reached: fc.array(fc.record({ follower: fc.nat(2), upTo: fc.nat(12) }), { maxLength: 2 }),
    }),
    { maxLength: 12 },
  )
  .map((terms) => {
    const logs: Entry[][] = [[], [], []];
    for (const [t, { leader, appends, reached }] of terms.entries()) {
      const own = logs[leader] ?? [];
      for (let i = 0; i < appends; i++) own.push({ term: t + 1, command: `${t + 1}.${i}` });
      for (const { follower, upTo } of reached) {
        if (follower !== leader) replicate(own.slice(0, upTo), logs, follower);
      }
    }
    return logs;
  });

/** As AppendEntries does it: a log is cut only where it conflicts. */
function replicate(prefix: readonly Entry[], logs: Entry[][], follower: number): void {
  const log = new Log(0, 0, logs[follower]);
  log.merge(0, prefix);
  logs[follower] = entriesOf(log);
}

/** The entries that a log holds. */
export function entriesOf(log: Log): Entry[] {
  return log.entriesFrom(log.lastIncludedIndex + 1, Infinity);
}

/** The last index at which both logs hold the same entry. */
export function lastShared(a: readonly Entry[], b: readonly Entry[]): number {
  let index = 0;
  while (index < a.length && index < b.length && a[index]?.term === b[index]?.term) index++;
  return index;
}

/** A log with entries of these terms, from index 1 on. */
export function logOf(...terms: number[]): Log {
  return new Log(
    0,
    0,
    terms.map((term, i) => ({ term, command: `${term}@${i + 1}` })),
  );
}

/** The terms of a log's entries. */
export function termsOf(log: Log): number[] {
  return entriesOf(log).map(({ term }) => term);
}
