import { wilson95 } from '@lockstep/grader';
import { z } from 'zod';
import { GRADER_SEEDS } from '../options.ts';
import { isStated, type Trial } from './kill-rate.ts';

/** The version of what `lockstep bugs --json` prints. */
export const BUGS_VERSION = 'lockstep-bugs/2';

const bugReport = z.strictObject({
  id: z.string(),
  title: z.string(),
  seeds: z.int().describe('Seeds tried.'),
  seedsCaught: z.int().describe('Seeds with which a test failed for a property that the bug names.'),
  chance: z.number().describe('The chance to be caught at the default seeds of a grading: what was seen.'),
  chanceAtLeast: z.number().describe('The same from the lower end of the 95 % interval (Wilson).'),
  caughtBy: z
    .array(
      z.strictObject({
        test: z.string(),
        seeds: z
          .int()
          .describe('Of the seeds that all tests were run with, those with which this one failed.'),
        furtherSeeds: z.int().describe('Of the other seeds, those that this test was the first to catch.'),
        kind: z.string(),
        property: z.string(),
        message: z.string().describe('Of the first failing seed.'),
        isStated: z.boolean().describe('Whether the bug names that property.'),
      }),
    )
    .describe('The tests that failed, each with every property that broke.'),
});

/** What `lockstep bugs --json` prints. */
export const bugsSchema = z.strictObject({
  version: z.literal(BUGS_VERSION),
  lab: z.string(),
  matrixSeeds: z.array(z.string()).describe('Every test was run with these.'),
  seeds: z.array(z.string()).describe('All seeds; with the others, until the first test failed.'),
  graderSeeds: z.int(),
  bugs: z.array(bugReport),
});

/** One bug in the report. */
export type BugReport = z.infer<typeof bugReport>;

/** Sums up how a bug fared, test by test in the order of the suite. */
export function reportOf(trial: Trial, tests: readonly string[]): BugReport {
  const { bug, seeds, caught, matrixSeeds, failures } = trial;
  const caughtBy = tests.flatMap((test) => {
    const own = failures.filter((row) => row.test === test);
    const properties = [
      ...new Set(own.flatMap(({ verdict }) => ('property' in verdict ? [verdict.property] : []))),
    ];
    return properties.flatMap((property) => {
      const rows = own.filter(({ verdict }) => 'property' in verdict && verdict.property === property);
      const [first] = rows.toSorted((a, b) => seeds.indexOf(a.seed) - seeds.indexOf(b.seed));
      if (first === undefined || first.verdict.status !== 'fail') return [];
      const inMatrix = rows.filter(({ seed }) => matrixSeeds.includes(seed)).length;
      return [
        {
          test,
          seeds: inMatrix,
          furtherSeeds: rows.length - inMatrix,
          kind: first.verdict.kind,
          property,
          message: first.verdict.message,
          isStated: isStated(bug, first),
        },
      ];
    });
  });
  return {
    id: bug.id,
    title: bug.title,
    seeds: seeds.length,
    seedsCaught: caught.size,
    chance: chanceToBeCaught(caught.size / seeds.length),
    chanceAtLeast: chanceToBeCaught(wilson95(caught.size, seeds.length).low),
    caughtBy,
  };
}

/** At least once in a grading, when one seed catches it with probability `p`. */
function chanceToBeCaught(p: number): number {
  let missed = 1;
  for (let i = 0; i < GRADER_SEEDS; i++) missed *= 1 - p;
  return 1 - missed;
}
