import {
  BadGrading,
  compareWithExpected,
  expectedSchema,
  findSubmissions,
  gradeClass,
  makeGrading,
  NO_CONFIG,
  NothingToGrade,
  readGradingConfig,
  suiteFiles,
  withStoredRuns,
  type ClassList,
  type Difference,
  type Expected,
  type Graded,
  type Grading,
  type ReadConfig,
  type SubmissionResult,
} from '@lockstep/grader';
import { osWalls, type LabInfo } from '@lockstep/test-harness/runner';
import { visibleText } from '@lockstep/test-harness/trace';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { earlierFailures, writeGraded } from '../grade-folder.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { loadSuites } from '../load.ts';
import { defaultJobs, GRADER_SEEDS } from '../options.ts';
import { writeFault } from '../our-fault.ts';
import { Progress } from '../progress.ts';
import { showClass, scoreLine } from '../view/class-table.ts';
import { count, renderTable } from '../view/table.ts';

/** The options of `lockstep grade`. */
export interface GradeOptions {
  readonly config?: string;
  readonly lab?: readonly string[];
  readonly seeds?: number;
  readonly suite?: readonly string[];
  readonly jobs?: number;
  readonly out: string;
  readonly fresh?: true;
  readonly below?: 'reference' | 'own';
  readonly json?: true;
  readonly expect?: string;
}

/** Grades a class. */
export async function grade(io: Io, paths: readonly string[], options: GradeOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const expected = options.expect === undefined ? undefined : readExpected(options.expect);
  const [list, grading] = await sayWhatIsWrong(() => prepare(paths, labs, options));
  const [graded, isInterrupted] = await interruptible(async (signal) => {
    const result = await sayWhatIsWrong(() => run(io, labs, list, grading, options, signal));
    return [result, signal.aborted] as const;
  });
  const written = withoutDetails(graded);
  writeGraded(options.out, written);
  if (options.json === true) io.out(JSON.stringify(written.results, null, 2));
  else showClass(io, written.results, options.out);
  return settle(io, written, expected, isInterrupted);
}

/** Who is to be graded, and how. */
async function prepare(
  paths: readonly string[],
  labs: readonly LabInfo[],
  options: GradeOptions,
): Promise<[ClassList, Grading]> {
  const read: ReadConfig = options.config === undefined ? NO_CONFIG : readGradingConfig(options.config);
  const { config } = read;
  const ids = options.lab ?? (config.labs === undefined ? undefined : Object.keys(config.labs));
  const list = await findSubmissions(
    engine,
    paths,
    labs,
    ids?.map((id) => findLab(labs, id)),
  );
  const grading = await makeGrading({
    labs: list.labs,
    read,
    seeds: options.seeds ?? config.seeds ?? GRADER_SEEDS,
    suites: suitesOf(options.suite ?? [], list.labs),
    ...(options.below === undefined ? {} : { below: options.below }),
    env: process.env,
    withSuites: loadSuites,
  });
  return [list, grading];
}

/** `--suite PATH`, where one lab is graded, or `--suite LAB=PATH`. */
function suitesOf(choices: readonly string[], labs: readonly LabInfo[]): Record<string, string[]> {
  const suites: Record<string, string[]> = {};
  for (const choice of choices) {
    const named = labs.find(({ id }) => choice.startsWith(`${id}=`));
    const lab = named ?? (labs.length === 1 ? labs[0] : undefined);
    if (lab === undefined) {
      const ids = labs.map(({ id }) => id).join(', ');
      throw new UsageError(`--suite ${choice} does not say for which lab (${ids}): write LAB=PATH.`);
    }
    const path = named === undefined ? choice : choice.slice(named.id.length + 1);
    (suites[lab.id] ??= []).push(...suiteFiles([path], process.cwd()));
  }
  return suites;
}

async function run(
  io: Io,
  labs: readonly LabInfo[],
  { submissions }: ClassList,
  grading: Grading,
  options: GradeOptions,
  signal: AbortSignal,
): Promise<Graded> {
  const progress = new Progress(io, 'grading');
  const walls = osWalls();
  progress.line(
    `grading ${count(submissions.length, 'submission')} with ${count(grading.seeds, 'seed')} a test`,
  );
  progress.line(
    `walls of the system around each process: ${walls.length === 0 ? 'none on this machine' : walls.join(', ')}`,
  );
  const runs = join(resolve(options.out), 'runs');
  if (options.fresh === true) rmSync(runs, { recursive: true, force: true });
  try {
    return await gradeClass(withStoredRuns(engine, runs), labs, submissions, grading, {
      jobs: options.jobs ?? defaultJobs(),
      walls,
      signal,
      earlierFailure: earlierFailures(options.out),
      progress: {
        planned: (planned) => progress.planned(planned),
        ran: (name) => progress.tick(name),
        finished: (result) => progress.line(`${result.name}: ${scoreLine(result)}`),
      },
    });
  } finally {
    progress.end();
  }
}

/** What the person at the keyboard can put right is said in a sentence. */
async function sayWhatIsWrong<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NothingToGrade || error instanceof BadGrading) throw new UsageError(error.message);
    throw error;
  }
}

function readExpected(file: string): Expected {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(resolve(file), 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as expected scores: ${(error as Error).message}`);
  }
  const parsed = expectedSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${file} is no file of expected scores: at "${issue?.path.join('.') ?? ''}", ${issue?.message ?? ''}`,
  );
}

/** Reasons of our own faults in one sentence; their stacks go where all our details go. */
function withoutDetails(graded: Graded): Graded {
  const details: string[] = [];
  const submissions = graded.results.submissions.map(
    (submission): SubmissionResult => ({
      ...submission,
      labs: submission.labs.map((lab) => {
        const [first, ...rest] = lab.reason?.split('\n') ?? [];
        if (first === undefined || rest.length === 0) return lab;
        details.push(`${submission.name}, ${lab.lab}: ${lab.reason ?? ''}`);
        return { ...lab, reason: first };
      }),
    }),
  );
  if (details.length > 0) writeFault(details.join('\n\n'));
  return { ...graded, results: { ...graded.results, submissions } };
}

function settle(io: Io, { results }: Graded, expected: Expected | undefined, isInterrupted: boolean): number {
  if (isInterrupted) {
    io.err('lockstep: interrupted; what was graded until then has been written.');
    return EXIT.interrupted;
  }
  const differences = expected === undefined ? [] : compareWithExpected(results, expected);
  if (expected !== undefined) showDifferences(io, differences);
  if (results.submissions.some(({ status }) => status === 'not-graded')) {
    io.err('lockstep: some submissions could not be graded, and not for a reason of theirs; see the table.');
    return EXIT.fault;
  }
  return differences.length > 0 ? EXIT.failed : EXIT.ok;
}

function showDifferences(io: Io, differences: readonly Difference[]): void {
  if (differences.length === 0) {
    io.err('Every score is as expected.');
    return;
  }
  io.err('These scores are not as expected:');
  const columns = [
    { title: 'submission' },
    { title: 'lab' },
    { title: 'expected' },
    { title: 'what came out' },
  ];
  const rows = differences.map(({ submission, lab, expected, actual }) =>
    [submission, lab, expected, actual].map(visibleText),
  );
  io.err(renderTable(io, columns, rows));
}
