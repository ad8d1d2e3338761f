import { homeSeed, jobBase, ReferenceShelf, runMany, testsOf } from '@lockstep/grader';
import { buildReference, type LabInfo, type Row } from '@lockstep/test-harness/runner';
import { fit, visibleText } from '@lockstep/test-harness/trace';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { suggest } from '../nearest.ts';
import { defaultJobs } from '../options.ts';
import { Progress } from '../progress.ts';
import { count, renderTable } from '../view/table.ts';
import { faultOf } from './test.ts';

/** The version of what `lockstep bugs --json` prints. */
export const BUGS_VERSION = 'lockstep-bugs/1';

const bugReport = z.strictObject({
  id: z.string(),
  seedsCaught: z.int().describe('Seeds with which at least one test failed.'),
  caughtBy: z.array(
    z.strictObject({
      test: z.string(),
      seeds: z.int().describe('Seeds with which this test failed.'),
      kind: z.string(),
      property: z.string(),
      message: z.string().describe('Of the first failing seed.'),
    }),
  ),
});

/** What `lockstep bugs --json` prints. */
export const bugsSchema = z.strictObject({
  version: z.literal(BUGS_VERSION),
  lab: z.string(),
  seeds: z.array(z.string()),
  bugs: z.array(bugReport),
});

type BugReport = z.infer<typeof bugReport>;

/** The options of `lockstep bugs`. */
export interface BugsOptions {
  readonly bug?: readonly string[];
  readonly seeds: number;
  readonly jobs?: number;
  readonly json?: true;
}

/** Runs the suite on the reference with each bug of the lab's catalogue. */
export async function bugs(io: Io, labId: string, options: BugsOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, labId);
  const files = chooseBugs(lab, options.bug);
  if (files.length === 0) {
    io.err(`${lab.title} has no bugs in its catalogue yet (labs/${lab.id}/bugs).`);
    return EXIT.ok;
  }
  const seeds = Array.from({ length: options.seeds }, (_, i) => homeSeed(i));
  const layers = await new ReferenceShelf(engine, labs).layersOf(lab);
  const reports: BugReport[] = [];
  const isInterrupted = await interruptible(async (signal) => {
    const progress = new Progress(io, 'bugs');
    progress.planned(files.length * seeds.length * testsOf(lab).length);
    try {
      for (const file of files) {
        if (signal.aborted) return true;
        const built = await buildReference(lab, file);
        if (!built.ok) throw new UsageError(built.message);
        const loaded = {
          lab,
          source: { kind: 'reference' as const },
          bundle: built.bundle,
          layers,
          suites: [],
        };
        const runs = seeds.flatMap((seed) => testsOf(lab).map(({ id }) => ({ test: id, seed })));
        const { rows, internalError } = await runMany(engine, jobBase(loaded), runs, {
          parallel: options.jobs ?? defaultJobs(),
          signal,
          onRow: () => progress.tick(idOf(file)),
        });
        if (internalError !== undefined && !signal.aborted) throw faultOf(internalError);
        const report = makeReport(idOf(file), lab, seeds, rows);
        reports.push(report);
        progress.line(`${report.id}: caught with ${report.seedsCaught} of ${count(seeds.length, 'seed')}`);
      }
      return signal.aborted;
    } finally {
      progress.end();
    }
  });
  if (options.json === true) {
    const output: z.infer<typeof bugsSchema> = { version: BUGS_VERSION, lab: lab.id, seeds, bugs: reports };
    io.out(JSON.stringify(output, null, 2));
  } else show(io, reports, seeds.length);
  if (isInterrupted) return EXIT.interrupted;
  return reports.every(({ seedsCaught }) => seedsCaught > 0) ? EXIT.ok : EXIT.failed;
}

function chooseBugs(lab: LabInfo, wanted: readonly string[] | undefined): string[] {
  const folder = join(lab.folder, 'bugs');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  const files = names.sort().map((name) => join(folder, name));
  const ids = files.map(idOf);
  const unknown = wanted?.find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw new UsageError(`${lab.title} has no bug "${unknown}". ${suggest(unknown, ids)}`);
  return wanted === undefined ? files : files.filter((file) => wanted.includes(idOf(file)));
}

function idOf(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.json$/, '');
}

function makeReport(id: string, lab: LabInfo, seeds: readonly string[], rows: readonly Row[]): BugReport {
  const failed = rows.filter(({ verdict }) => verdict.status === 'fail');
  const caughtBy = testsOf(lab).flatMap(({ id: test }) => {
    const own = seeds.flatMap((seed) => failed.find((row) => row.test === test && row.seed === seed) ?? []);
    const verdict = own[0]?.verdict;
    if (verdict?.status !== 'fail') return [];
    const { kind, property, message } = verdict;
    return [{ test, seeds: own.length, kind, property, message }];
  });
  return { id, seedsCaught: new Set(failed.map(({ seed }) => seed)).size, caughtBy };
}

function show(io: Io, reports: readonly BugReport[], seeds: number): void {
  const room = Math.max(20, io.columns - 58);
  const rows = reports.flatMap(({ id, seedsCaught, caughtBy }) => {
    const head = [
      io.colors.bold(id),
      `${seedsCaught} of ${seeds}`,
      seedsCaught === 0 ? io.colors.red('not caught') : '',
    ];
    const tests = caughtBy.map(({ test, seeds: own, property, message }) => [
      `  ${test}`,
      `${own} of ${seeds}`,
      fit(visibleText(`${property}: ${message}`), room),
    ]);
    return [head, ...tests];
  });
  io.out(renderTable(io, [{ title: 'bug' }, { title: 'seeds', align: 'right' }, { title: 'reason' }], rows));
  const caught = reports.filter(({ seedsCaught }) => seedsCaught > 0).length;
  io.out('');
  io.out(
    io.colors.bold(
      `${caught} of ${count(reports.length, 'bug')} caught, with ${count(seeds, 'seed')} a test.`,
    ),
  );
}
