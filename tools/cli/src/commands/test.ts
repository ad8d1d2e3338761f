import {
  homeSeed,
  jobBase,
  recordFailures,
  runMany,
  toJson,
  writeWhole,
  type Loaded,
  type RunsOutcome,
} from '@lockstep/grader';
import type { LabInfo, Row, TestInfo } from '@lockstep/test-harness/runner';
import { visibleText } from '@lockstep/test-harness/trace';
import { resolve } from 'node:path';
import { probablyBelow, showBelow } from '../below.ts';
import { chooseTests, findLab } from '../choose.ts';
import { EXIT, OurFault, UsageError } from '../exit.ts';
import { writeFailures, type WrittenFailure } from '../failures.ts';
import { engine, shortPath } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { toJUnit } from '../junit.ts';
import { loadImplementation, type ImplementationOptions } from '../load.ts';
import { defaultJobs } from '../options.ts';
import { Progress } from '../progress.ts';
import { makeReport, type SuiteReport } from '../suite-report.ts';
import { typeErrors } from '../typecheck.ts';
import { mostTelling, shortestFailures, type Shown } from '../telling.ts';
import { showFailure } from '../view/failure-view.ts';
import { showFurther } from '../view/further-failures.ts';
import { seedsText, showSuite, summaryLine } from '../view/suite-table.ts';
import { count } from '../view/table.ts';
import { watchFolder } from '../watch.ts';

/** The options of `lockstep test`. */
export interface TestOptions extends ImplementationOptions {
  readonly part?: string;
  readonly test?: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly seed?: string;
  readonly jobs?: number;
  readonly json?: string;
  readonly junit?: string;
  readonly bail?: true;
  readonly watch?: true;
}

/** Runs a lab's suite on one implementation. */
export async function test(io: Io, labId: string, options: TestOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, labId);
  const once = (signal: AbortSignal): Promise<number> => testOnce(io, labs, lab, options, signal);
  if (options.watch !== true) return interruptible(once);
  if (options.impl === undefined) throw new UsageError('--watch needs --impl: it watches that folder.');
  return watchFolder(io, resolve(options.impl), once);
}

async function testOnce(
  io: Io,
  labs: readonly LabInfo[],
  lab: LabInfo,
  options: TestOptions,
  signal: AbortSignal,
): Promise<number> {
  const loaded = await loadImplementation(labs, lab, options);
  const tests = chooseTests(loaded.lab, {
    ...(options.part === undefined ? {} : { part: options.part }),
    ...(options.test === undefined ? {} : { pattern: options.test }),
  });
  const seeds = options.seed === undefined ? homeSeeds(options) : [options.seed];
  const checking = options.impl === undefined ? [] : typeErrors(options.impl, lab, signal);
  const outcome = await runSuite(io, loaded, tests, seeds, options, signal);
  await showTypeErrors(io, options, await checking);
  if (outcome.internalError !== undefined && !signal.aborted) throw faultOf(outcome.internalError);
  const failing = shortestFailures(tests, outcome.rows);
  const failures = await saveFailures(io, loaded, tests, failing, signal);
  const below = await probablyBelow(loaded, failing, options.jobs ?? defaultJobs(), signal);
  const report = withFailures(makeReport(loaded, tests, seeds, outcome.rows), failures);
  writeReports(report, options);
  showSuite(io, loaded.lab, report);
  showFailures(io, failures, mostTelling(loaded.lab, outcome.rows, failures));
  showEnd(io, report, options);
  if (below !== undefined) showBelow(io, below);
  if (signal.aborted) {
    io.err('lockstep: interrupted; the table shows what was run.');
    return EXIT.interrupted;
  }
  return report.tests.every(({ status }) => status === 'pass') ? EXIT.ok : EXIT.failed;
}

function homeSeeds({ seeds, firstSeed }: TestOptions): string[] {
  return Array.from({ length: seeds }, (_, i) => homeSeed(firstSeed - 1 + i));
}

async function runSuite(
  io: Io,
  loaded: Loaded,
  tests: readonly TestInfo[],
  seeds: readonly string[],
  options: TestOptions,
  signal: AbortSignal,
): Promise<RunsOutcome> {
  const requests = seeds.flatMap((seed) => tests.map(({ id }) => ({ test: id, seed })));
  const what = `${loaded.lab.id} on ${loaded.bundle.name}`;
  const progress = new Progress(io, what);
  progress.line(`${what}: ${count(tests.length, 'test')} with ${seedsText(seeds)}`);
  progress.planned(requests.length);
  try {
    return await runMany(engine, jobBase(loaded), requests, {
      parallel: options.jobs ?? defaultJobs(),
      signal,
      bail: options.bail === true,
      onRow: ({ test: id }) => progress.tick(id),
    });
  } finally {
    progress.end();
  }
}

/** Splits off the first line; the rest (a stack of ours) is for the file of details. */
export function faultOf(text: string): OurFault {
  const [first = ''] = text.split('\n');
  return new OurFault(`Our own fault, not the code's: ${first}`, text);
}

async function saveFailures(
  io: Io,
  loaded: Loaded,
  tests: readonly TestInfo[],
  failing: readonly Row[],
  signal: AbortSignal,
): Promise<WrittenFailure[]> {
  const { failures, defect } = await recordFailures(engine, loaded, tests, failing, { signal });
  if (defect !== undefined && !signal.aborted) throw faultOf(defect);
  const order = new Map(tests.map(({ id }, i) => [id, i]));
  const sorted = [...failures].sort((a, b) => (order.get(a.test.id) ?? 0) - (order.get(b.test.id) ?? 0));
  return writeFailures(io, sorted);
}

function withFailures(report: SuiteReport, failures: readonly WrittenFailure[]): SuiteReport {
  const tests = report.tests.map((one) => {
    const file = failures.find(({ failure }) => failure.test.id === one.id)?.file;
    return file === undefined ? one : { ...one, failure: file };
  });
  return { ...report, tests };
}

function writeReports(report: SuiteReport, { json, junit }: TestOptions): void {
  const write = (path: string, contents: string): void => {
    try {
      writeWhole(resolve(path), contents);
    } catch (error) {
      throw new UsageError(`${path} cannot be written: ${(error as Error).message}`);
    }
  };
  if (json !== undefined) write(json, toJson(report));
  if (junit !== undefined) write(junit, toJUnit(report));
}

/** Students are told that there may be hidden tests. */
const GRADER_HAS_MORE = 'The grader uses other seeds, and more of them, and may have tests of its own.';
const MAX_TYPE_ERRORS = 10;

async function showTypeErrors(io: Io, { impl }: TestOptions, errors: readonly string[]): Promise<void> {
  if (errors.length === 0 || impl === undefined) return;
  const { yellow } = io.errColors;
  io.err(
    yellow(`${count(errors.length, 'type error')} in ${shortPath(resolve(impl))}; they change no result:`),
  );
  for (const error of errors.slice(0, MAX_TYPE_ERRORS)) io.err(`  ${visibleText(error)}`);
  if (errors.length > MAX_TYPE_ERRORS) io.err(`  … and ${errors.length - MAX_TYPE_ERRORS} more`);
}

function showFailures(
  io: Io,
  failures: readonly WrittenFailure[],
  telling: Shown<WrittenFailure> | undefined,
): void {
  if (telling === undefined) return;
  const { shown, which } = telling;
  io.out('');
  if (which !== undefined) io.out(which);
  showFailure(io, shown.failure, shown.file === undefined ? {} : { file: shown.file });
  const others = failures.filter((one) => one !== shown);
  if (others.length === 0) return;
  io.out('');
  showFurther(io, others);
}

function showEnd(io: Io, report: SuiteReport, options: TestOptions): void {
  io.out('');
  for (const note of notesOf(report)) io.out(note);
  const line = summaryLine(report);
  const isPass = report.tests.every(({ status }) => status === 'pass');
  io.out(io.colors.bold(isPass ? io.colors.green(line) : line));
  if (options.seed === undefined) io.out(GRADER_HAS_MORE);
}

function notesOf(report: SuiteReport): string[] {
  return report.tests.flatMap(({ id, status, rare }) =>
    status !== 'pass'
      ? []
      : rare.map(
          ({ name, reached, atLeast, of }) =>
            `${id}: ${count(reached, 'run')} came to "${name}" here; the grader wants ${atLeast} of ${of}.`,
        ),
  );
}
