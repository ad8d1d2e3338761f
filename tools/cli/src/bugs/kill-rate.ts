import type { Row } from '@lockstep/test-harness/runner';
import type { Bug } from '@lockstep/test-harness/load';

/**
 * Makes runs of these tests with these seeds, on the reference with the bug in it. A run that was given up has no row.
 */
export type RunTests = (tests: readonly string[], seeds: readonly string[]) => Promise<readonly Row[]>;

/** How one bug fared. */
export interface Trial {
  readonly bug: Bug;
  /** Seeds for which every test was run, so that tests can be compared. */
  readonly matrixSeeds: readonly string[];
  /** Seeds that were tried, those included; with the others, tests were run only until one failed. */
  readonly seeds: readonly string[];
  /** Seeds with which a test failed, and one of the properties that the bug says it breaks was what failed. */
  readonly caught: ReadonlySet<string>;
  /** All failing runs. */
  readonly failures: readonly Row[];
}

/** Whether a run failed for a reason that the bug states. */
export function isStated(bug: Bug, { verdict }: Pick<Row, 'verdict'>): boolean {
  return verdict.status === 'fail' && bug.breaks.includes(verdict.property);
}

/**
 * Tries the suite on a bug: all tests with the first seeds; then, with further ones, each seed until the first test
 * fails, which is what grading comes down to. Tests that have caught the bug most often come first, the cheaper of two
 * alike before the other, so that a further seed costs one run for most bugs. What is caught does not depend on that
 * order.
 */
export async function tryBug(
  bug: Bug,
  tests: readonly string[],
  { matrix, rate }: { readonly matrix: readonly string[]; readonly rate: readonly string[] },
  run: RunTests,
): Promise<Trial> {
  const first = await run(tests, matrix);
  const failures = first.filter(({ verdict }) => verdict.status === 'fail');
  const caught = new Set(failures.filter((row) => isStated(bug, row)).map(({ seed }) => seed));
  let open = rate.filter((seed) => !matrix.includes(seed));
  const seeds = [...matrix, ...open];
  for (const test of likeliestFirst(bug, tests, first)) {
    if (open.length === 0) break;
    const rows = await run([test], open);
    const failing = rows.filter(({ verdict }) => verdict.status === 'fail');
    failures.push(...failing);
    for (const row of failing) if (isStated(bug, row)) caught.add(row.seed);
    open = open.filter((seed) => !caught.has(seed));
  }
  return { bug, matrixSeeds: matrix, seeds, caught, failures };
}

function likeliestFirst(bug: Bug, tests: readonly string[], rows: readonly Row[]): string[] {
  const score = new Map(
    tests.map((test) => {
      const own = rows.filter((row) => row.test === test);
      const kills = own.filter((row) => isStated(bug, row)).length;
      const events = own.reduce((sum, { counters }) => sum + counters.events, 0);
      return [test, { kills, events }] as const;
    }),
  );
  const of = (test: string): { kills: number; events: number } => score.get(test) ?? { kills: 0, events: 0 };
  return tests.toSorted((a, b) => of(b).kills - of(a).kills || of(a).events - of(b).events);
}
