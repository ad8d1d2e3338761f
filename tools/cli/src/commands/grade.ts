import {
  compareWithExpected,
  expectedSchema,
  findSubmissions,
  gradeClass,
  NothingToGrade,
  renderFailurePage,
  renderReport,
  toJson,
  writeWhole,
  type ClassList,
  type Difference,
  type Expected,
  type Graded,
  type SubmissionResult,
} from '@lockstep/grader';
import { osWalls } from '@lockstep/test-harness/runner';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { defaultJobs } from '../options.ts';
import { writeFault } from '../our-fault.ts';
import { Progress } from '../progress.ts';
import { showClass, scoreLine } from '../view/class-table.ts';
import { count, renderTable } from '../view/table.ts';

/** The options of `lockstep grade`. */
export interface GradeOptions {
  readonly lab?: readonly string[];
  readonly seeds: number;
  readonly jobs?: number;
  readonly out: string;
  readonly below?: 'reference' | 'own';
  readonly json?: true;
  readonly expect?: string;
}

/** Grades a class. */
export async function grade(io: Io, paths: readonly string[], options: GradeOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const expected = options.expect === undefined ? undefined : readExpected(options.expect);
  const chosen = options.lab?.map((id) => findLab(labs, id));
  const list = await listClass(() => findSubmissions(engine, paths, labs, chosen));
  const [graded, isInterrupted] = await interruptible(async (signal) => {
    const progress = new Progress(io, 'grading');
    progress.line(
      `grading ${count(list.submissions.length, 'submission')} with ${count(options.seeds, 'seed')} a test`,
    );
    const walls = osWalls().join(', ');
    progress.line(
      `walls of the system around each process: ${walls === '' ? 'none on this machine' : walls}`,
    );
    try {
      const result = await gradeClass(engine, labs, list, {
        seeds: options.seeds,
        jobs: options.jobs ?? defaultJobs(),
        walls: osWalls(),
        ...(options.below === undefined ? {} : { below: options.below }),
        signal,
        progress: {
          planned: (runs) => progress.planned(runs),
          ran: (name) => progress.tick(name),
          finished: (result_) => progress.line(`${result_.name}: ${scoreLine(result_)}`),
        },
      });
      return [result, signal.aborted] as const;
    } finally {
      progress.end();
    }
  });
  const written = withoutDetails(graded);
  writeOut(options.out, written);
  if (options.json === true) io.out(JSON.stringify(written.results, null, 2));
  else showClass(io, written.results, options.out);
  return settle(io, written, expected, isInterrupted);
}

async function listClass(find: () => Promise<ClassList>): Promise<ClassList> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NothingToGrade) throw new UsageError(error.message);
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

/** Writes everything into the folder; failure files of an earlier grading there are removed. */
function writeOut(out: string, { results, times, failures }: Graded): void {
  const folder = resolve(out);
  try {
    // Only a folder that we have written to is ours to clear.
    if (existsSync(join(folder, 'results.json')))
      rmSync(join(folder, 'failures'), { recursive: true, force: true });
    for (const [path, failure] of failures) {
      writeWhole(join(folder, path), toJson(failure));
      const report = relative(dirname(path), 'report.html');
      const page = renderFailurePage(failure, { report, file: basename(path) });
      writeWhole(join(folder, path.replace(/\.json$/, '.html')), page);
    }
    writeWhole(join(folder, 'report.html'), renderReport(results));
    writeWhole(join(folder, 'times.json'), toJson(times));
    writeWhole(join(folder, 'results.json'), toJson(results));
  } catch (error) {
    throw new UsageError(`The results cannot be written to ${out}: ${(error as Error).message}`);
  }
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
  const rows = differences.map(({ submission, lab, expected, actual }) => [
    submission,
    lab,
    expected,
    actual,
  ]);
  io.err(renderTable(io, columns, rows));
}
