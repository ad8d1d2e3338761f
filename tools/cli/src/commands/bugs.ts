import { homeSeed, jobBase, ReferenceShelf, runMany, testsOf, type Loaded } from '@lockstep/grader';
import type { LabInfo, Row } from '@lockstep/test-harness/runner';
import type { z } from 'zod';
import { readCatalogue, type CataloguedBug } from '../bugs/catalogue.ts';
import { tryBug, type RunTests } from '../bugs/kill-rate.ts';
import { refreshBugs } from '../bugs/refresh.ts';
import { BUGS_VERSION, reportOf, type BugReport, type bugsSchema } from '../bugs/report.ts';
import { showBugs, WANTED_CHANCE } from '../bugs/view.ts';
import { findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { buildWithBug } from '../load.ts';
import { defaultJobs, GRADER_SEEDS } from '../options.ts';
import { Progress } from '../progress.ts';
import { count } from '../view/table.ts';
import { faultOf } from './test.ts';

/** The options of `lockstep bugs`. */
export interface BugsOptions {
  readonly bug?: readonly string[];
  /** Every test runs with these. */
  readonly seeds: number;
  /** So many seeds in all, the further ones until a test fails. */
  readonly rate?: number;
  readonly jobs?: number;
  readonly json?: true;
  readonly refresh?: true;
}

/** Runs the suite on the reference with each bug of the lab's catalogue. */
export async function bugs(io: Io, labId: string, options: BugsOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, labId);
  const catalogue = readCatalogue(lab, options.bug);
  if (catalogue.length === 0) {
    io.err(`${lab.title} has no bugs in its catalogue yet (labs/${lab.id}/bugs).`);
    return EXIT.ok;
  }
  if (options.refresh === true) return refreshBugs(io, labs, lab, catalogue);
  const layers = await new ReferenceShelf(engine, labs).layersOf(lab);
  const reports: BugReport[] = [];
  const isInterrupted = await interruptible((signal) =>
    tryAll(io, { labs, lab, layers }, catalogue, options, signal, reports),
  );
  if (options.json === true) io.out(JSON.stringify(asJson(lab, reports, options), null, 2));
  else showBugs(io, reports);
  if (isInterrupted) return EXIT.interrupted;
  return reports.every((report) => isGood(report, options)) ? EXIT.ok : EXIT.failed;
}

/** Tries one bug after the other, and adds to `reports`. Tells whether it was interrupted. */
async function tryAll(
  io: Io,
  { labs, lab, layers }: Pick<Loaded, 'lab' | 'layers'> & { readonly labs: readonly LabInfo[] },
  catalogue: readonly CataloguedBug[],
  options: BugsOptions,
  signal: AbortSignal,
  reports: BugReport[],
): Promise<boolean> {
  const tests = testsOf(lab).map(({ id }) => id);
  const seeds = seedsOf(options);
  const progress = new Progress(io, 'bugs');
  try {
    for (const { file, bug } of catalogue) {
      const built = await withBug(labs, lab, file, layers);
      const base = jobBase({ lab, source: { kind: 'reference' }, ...built, suites: [] });
      const run: RunTests = async (some, withSeeds) => {
        const runs = withSeeds.flatMap((seed) => some.map((test) => ({ test, seed })));
        progress.planned(runs.length);
        const onRow = (_row: Row): void => progress.tick(bug.id);
        const parallel = options.jobs ?? defaultJobs();
        const { rows, internalError } = await runMany(engine, base, runs, { parallel, signal, onRow });
        if (internalError !== undefined && !signal.aborted) throw faultOf(internalError);
        return rows;
      };
      const trial = await tryBug(bug, tests, seeds, run);
      if (signal.aborted) return true;
      const report = reportOf(trial, tests);
      reports.push(report);
      progress.line(`${bug.id}: caught with ${report.seedsCaught} of ${count(report.seeds, 'seed')}`);
    }
    return false;
  } finally {
    progress.end();
  }
}

/** The reference with the bug; a bug that no longer fits may be carried over. */
async function withBug(...args: Parameters<typeof buildWithBug>): ReturnType<typeof buildWithBug> {
  try {
    return await buildWithBug(...args);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message} ${REFRESH_HINT}`);
    throw error;
  }
}

const REFRESH_HINT = 'If the reference has moved on, try --refresh.';

function seedsOf({ seeds, rate = 0 }: BugsOptions): { matrix: string[]; rate: string[] } {
  const first = (n: number): string[] => Array.from({ length: n }, (_, i) => homeSeed(i));
  return { matrix: first(seeds), rate: first(rate) };
}

/** Caught, for the reasons that it states, and often enough when that was measured. */
function isGood({ seedsCaught, chanceAtLeast, caughtBy }: BugReport, { rate }: BugsOptions): boolean {
  if (seedsCaught === 0 || caughtBy.some(({ isStated }) => !isStated)) return false;
  return rate === undefined || chanceAtLeast >= WANTED_CHANCE;
}

function asJson(
  lab: LabInfo,
  reports: readonly BugReport[],
  options: BugsOptions,
): z.infer<typeof bugsSchema> {
  const { matrix, rate } = seedsOf(options);
  return {
    version: BUGS_VERSION,
    lab: lab.id,
    matrixSeeds: matrix,
    seeds: [...new Set([...matrix, ...rate])],
    graderSeeds: GRADER_SEEDS,
    bugs: [...reports],
  };
}
