import { testsOf } from '@lockstep/grader';
import type { LabInfo, Row, TestInfo } from '@lockstep/test-harness/runner';
import type { Failure } from '@lockstep/test-harness/trace';
import { count } from './view/table.ts';

/**
 * Of each test the failing run with the fewest events, which is the quickest to read; the earlier seed of two that have
 * as many. A test whose first failing seed says itself that it is not implemented is left out.
 */
export function shortestFailures(tests: readonly TestInfo[], rows: readonly Row[]): Row[] {
  return tests.flatMap(({ id }) => {
    const own = rows.filter((row) => row.test === id && row.verdict.status === 'fail');
    // Rows come in the order in which children end; seeds are numbers, or there is but one.
    own.sort((a, b) => Number(a.seed) - Number(b.seed));
    if (own[0] === undefined || saysItself(own[0])) return [];
    const shortest = leastOf(own, lengthOfRow);
    return shortest === undefined ? [] : [shortest];
  });
}

/** The failure that is shown in full, and which one that is. */
export interface Shown<T> {
  readonly shown: T;
  /** A sentence; absent where there is but one failing run. */
  readonly which?: string;
}

/**
 * The failure that is shown in full: of the first part that has one, as later parts build on it, the one with the
 * fewest events. What has no recording is shown only if there is nothing else.
 */
export function mostTelling<T extends { readonly failure: Failure }>(
  lab: LabInfo,
  rows: readonly Row[],
  failures: readonly T[],
): Shown<T> | undefined {
  const part = lab.parts.find(({ tests }) => failures.some(({ failure }) => isOf(tests, failure.test.id)));
  // A scenario is in no part.
  const tests = part?.tests ?? testsOf(lab);
  const candidates =
    part === undefined ? failures : failures.filter(({ failure }) => isOf(tests, failure.test.id));
  const shown = leastOf(candidates, ({ failure }) => lengthOf(failure));
  if (shown === undefined) return undefined;
  const failed = rows.filter((row) => row.verdict.status === 'fail' && !saysItself(row));
  if (failed.length < 2) return { shown };
  const own = part === undefined ? failed : failed.filter(({ test }) => isOf(tests, test));
  const unknown = own.filter((row) => lengthOfRow(row) === Infinity && !isRecorded(row, failures));
  return { shown, which: sentence(own.length, unknown.length, part?.id) };
}

function sentence(all: number, unknown: number, part: string | undefined): string {
  const of = part === undefined ? '' : ` of part ${part}`;
  const known = all - unknown;
  const runs = `the ${count(all, 'run')}${of} that failed`;
  if (all === 1) return `Shown: the only run${of} that failed.`;
  if (known === 0) return `Shown: the first of ${runs}; the length of none is known.`;
  if (unknown === 0) return `Shown: the shortest of ${runs}.`;
  return known === 1
    ? `Shown: of ${runs}, the only one whose length is known.`
    : `Shown: of ${runs}, the shortest of the ${known} whose length is known.`;
}

function isOf(tests: readonly TestInfo[], test: string): boolean {
  return tests.some(({ id }) => id === test);
}

/** Whether a row is of code that says itself that it is yet to be written. */
function saysItself({ verdict }: Row): boolean {
  return verdict.status === 'fail' && verdict.notImplemented === true;
}

/** A run that took its process down is not known to have been short. */
function lengthOfRow({ traceHash, counters }: Row): number {
  return traceHash === '' ? Infinity : counters.events;
}

/** Of a run that hung nobody has counted the events, but those before may have been recorded. */
function lengthOf({ traceHash, events, trace }: Failure): number {
  if (traceHash !== '' && trace !== null) return events;
  return trace?.total ?? Infinity;
}

function isRecorded({ test, seed }: Row, failures: readonly { readonly failure: Failure }[]): boolean {
  return failures.some(
    ({ failure }) => failure.test.id === test && failure.seed === seed && failure.trace !== null,
  );
}

/** The first of those with the least value. */
function leastOf<T>(items: readonly T[], valueOf: (item: T) => number): T | undefined {
  const least = Math.min(...items.map(valueOf));
  return items.find((item) => valueOf(item) === least);
}
