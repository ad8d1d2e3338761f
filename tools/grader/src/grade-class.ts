import PQueue from 'p-queue';
import { show } from '@lockstep/test-harness/load';
import type { Sources } from '@lockstep/test-harness/load';
import type { LabInfo, ReadOutcome, Row } from '@lockstep/test-harness/runner';
import { failureFileName, type Failure } from '@lockstep/test-harness/trace';
import { relative } from 'node:path';
import type { Engine } from './engine.ts';
import { safeFolderName } from './files.ts';
import { scoreLab, testsOf, type ScoringOptions } from './grade-lab.ts';
import { nodeMajor, ReferenceShelf, type LoadedLayer } from './implementation.ts';
import { RESULTS_VERSION, TIMES_VERSION } from './results.ts';
import type { LabResult, Results, SubmissionResult, TestResult, Times } from './results.ts';
import type { TestScore } from './score.ts';
import { absentees, checkLists, identify, othersOf, settle } from './settle.ts';
import type { Submission } from './class/submissions.ts';
import type { Grading } from './config/grading.ts';
import type { LabPlan } from './config/plan.ts';
import { roundPoints } from './credit.ts';

/** What the grader tells while it works. */
export interface GradeProgress {
  /** So many more runs are planned. */
  planned(runs: number): void;
  /** A run of this submission has ended. */
  ran(submission: string): void;
  finished(result: SubmissionResult): void;
}

/** How the grading of a class goes about it; nothing of it changes a score. */
export interface GradeOptions {
  /** Submissions at the same time. */
  readonly jobs: number;
  /** Walls of the operating system that stand, for the record. */
  readonly walls?: readonly string[];
  readonly progress?: GradeProgress;
  readonly signal?: AbortSignal;
  /** The failure file of an earlier grading, by its path in the output folder. */
  readonly earlierFailure?: (path: string) => Failure | undefined;
}

/**
 * A graded class: what goes into `results.json`, into `times.json`, and the failure files by their paths in
 * the output folder.
 */
export interface Graded {
  readonly results: Results;
  readonly times: Times;
  readonly failures: ReadonlyMap<string, Failure>;
}

/**
 * Grades a class. Never throws for what a submission does; our own faults leave it "not graded". Throws `BadGrading`,
 * before anything is run, for lists that name nobody.
 */
export async function gradeClass(
  engine: Engine,
  allLabs: readonly LabInfo[],
  submissions: readonly Submission[],
  grading: Grading,
  options: GradeOptions,
): Promise<Graded> {
  const started = new Date();
  const references = new ReferenceShelf(engine, allLabs);
  const identities = new Map(submissions.map((submission) => [submission, identify(submission, grading)]));
  const absent = absentees([...identities.values()], grading);
  checkLists([...identities.values(), ...absent.map(({ identity }) => identity)], grading);
  const failures = new Map<string, Failure>();
  const queue = new PQueue({ concurrency: options.jobs });
  const gradeOne = async (submission: Submission): Promise<SubmissionGrade> => {
    const task = { engine, references, grading, options, failures, submission };
    const grade = await new SubmissionGrader(task).grade();
    const identity = identities.get(submission) ?? identify(submission, grading);
    const handin = { ...submission, others: othersOf(identity, identities) };
    const result = settle(grade.result, identity, handin, grading);
    options.progress?.finished(result);
    return { ...grade, result };
  };
  const grades = await queue.addAll(submissions.map((submission) => () => gradeOne(submission)));
  const missing = absent.map(({ name, identity }) => settle(nothing(name, grading), identity, {}, grading));
  const results = [...grades.map(({ result }) => result), ...missing];
  return {
    results: {
      version: RESULTS_VERSION,
      nodeMajor: nodeMajor(),
      credit: grading.credit,
      seeds: grading.seeds,
      hasSecretSeeds: grading.hasSecret,
      labs: grading.plans.map((plan) => describeLab(plan, grading.seeds)),
      submissions: results.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    },
    times: {
      version: TIMES_VERSION,
      startedAt: started.toISOString(),
      wallMs: Date.now() - started.getTime(),
      jobs: options.jobs,
      walls: [...(options.walls ?? [])],
      submissions: grades.map(({ result, wallMs, runs }) => ({ name: result.name, wallMs, runs })),
    },
    // In a stable order, though submissions end in any.
    failures: new Map([...failures].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

interface SubmissionGrade {
  /** As the suite has it, before overrides and lateness. */
  readonly result: SubmissionResult;
  readonly wallMs: number;
  readonly runs: number;
}

interface SubmissionTask {
  readonly engine: Engine;
  readonly references: ReferenceShelf;
  readonly grading: Grading;
  readonly options: GradeOptions;
  readonly failures: Map<string, Failure>;
  readonly submission: Submission;
}

class SubmissionGrader {
  readonly #task: SubmissionTask;
  #runs = 0;

  constructor(task: SubmissionTask) {
    this.#task = task;
  }

  async grade(): Promise<SubmissionGrade> {
    const started = Date.now();
    const { submission } = this.#task;
    const labs: LabResult[] = [];
    const read = await this.#read();
    for (const plan of this.#task.grading.plans) labs.push(await this.#gradeLab(plan, read));
    return { result: resultOf(submission.name, labs), wallMs: Date.now() - started, runs: this.#runs };
  }

  /** Reads the submission once, for all labs. */
  async #read(): Promise<ReadOutcome | Error> {
    const { engine, submission } = this.#task;
    const { problem, handin } = submission;
    if (problem !== undefined) return { ok: false, code: 'refused-file', message: problem };
    try {
      return await engine.readSubmission(handin);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #gradeLab(plan: LabPlan, read: ReadOutcome | Error): Promise<LabResult> {
    const { lab } = plan;
    if (this.#task.options.signal?.aborted === true) return unscored(lab, 'not-graded', 'Interrupted.');
    try {
      if (read instanceof Error) throw read;
      if (!read.ok) return unscored(lab, 'refused', read.message);
      return await this.#buildAndScore(plan, read.sources);
    } catch (error) {
      return unscored(lab, 'not-graded', error instanceof Error ? error.message : String(error));
    }
  }

  async #buildAndScore(plan: LabPlan, sources: Sources): Promise<LabResult> {
    const { engine, submission, grading, options } = this.#task;
    const { lab, suites } = plan;
    const missing = describeMissing(lab, sources);
    if (missing !== undefined) return unscored(lab, 'missing', missing);
    const built = await engine.buildSources(sources, lab);
    if (!built.ok) return unscored(lab, 'refused', built.message);
    const { bundle } = built;
    const layers = await this.#layersOf(plan, sources);
    if (typeof layers === 'string') return unscored(lab, 'refused', layers, bundle.hash);
    const path = relative(process.cwd(), submission.handin.path) || '.';
    const loaded = { lab, source: { kind: 'folder' as const, path }, bundle, layers, suites };
    const { scores, failures, internalError } = await scoreLab(engine, loaded, {
      ...this.#scoring(plan),
      known: (row) => this.#earlierFailure(bundle.hash, row),
    });
    if (options.signal?.aborted === true) return unscored(lab, 'not-graded', 'Interrupted.', bundle.hash);
    if (internalError !== undefined) return unscored(lab, 'not-graded', internalError, bundle.hash);
    const shown = scores.map((score) => (isShown(score.id, plan, grading) ? score : withoutSeed(score)));
    const result = this.#scored(lab, bundle.hash, shown, failures);
    const own = Object.entries(layers).flatMap(([id, { bundle: below, path: isOwn }]) =>
      isOwn === undefined ? [] : [[id, below.hash] as const],
    );
    return own.length === 0 ? result : { ...result, below: Object.fromEntries(own) };
  }

  #scoring(plan: LabPlan): ScoringOptions {
    const { submission, references, grading, options } = this.#task;
    const { progress, signal } = options;
    return {
      tests: testsOf(plan.lab),
      seedsOf: (test) => plan.seedsOf(test),
      seedAt: (test, index) => plan.seedAt(test, index),
      credit: grading.credit,
      limits: grading.limits,
      references,
      isRecorded: (test) => isShown(test, plan, grading),
      ...(signal === undefined ? {} : { signal }),
      onPlanned: (runs) => progress?.planned(runs),
      onRow: () => {
        this.#runs++;
        progress?.ran(submission.name);
      },
    };
  }

  /** What lies below; a sentence when the submission's own can't be had. */
  async #layersOf(plan: LabPlan, sources: Sources): Promise<Record<string, LoadedLayer> | string> {
    const { engine, references, submission } = this.#task;
    const layers = await references.layersOf(plan.lab);
    if (plan.layers === 'reference') return layers;
    const path = relative(process.cwd(), submission.handin.path) || '.';
    for (const id of plan.lab.layers) {
      const below = references.lab(id);
      const missing = describeMissing(below, sources);
      if (missing !== undefined) return `${missing} ${plan.lab.title} is graded on the submission's own.`;
      const built = await engine.buildSources(sources, below);
      if (!built.ok) return built.message;
      layers[id] = { bundle: built.bundle, path, reference: await references.bundle(id) };
    }
    return layers;
  }

  #artefact(test: string, seed: string): string {
    return `failures/${safeFolderName(this.#task.submission.name)}/${failureFileName(test, seed)}`;
  }

  /** A recording of this very run; the trace's hash says so. */
  #earlierFailure(hash: string, { test, seed, traceHash, verdict }: Row): Failure | undefined {
    const earlier = this.#task.options.earlierFailure?.(this.#artefact(test, seed));
    const isSame =
      earlier?.implementation.hash === hash &&
      earlier.test.id === test &&
      earlier.seed === seed &&
      earlier.traceHash === traceHash &&
      verdict.status === 'fail' &&
      earlier.verdict.message === verdict.message;
    return isSame ? earlier : undefined;
  }

  #scored(lab: LabInfo, hash: string, scores: readonly TestScore[], failures: readonly Failure[]): LabResult {
    const tests = scores.map((score): TestResult => {
      const failure = failures.find(({ test }) => test.id === score.id);
      if (failure === undefined || score.failure === undefined) return testResult(score);
      const artefact = this.#artefact(failure.test.id, failure.seed);
      this.#task.failures.set(artefact, failure);
      const { explanation } = failure.verdict;
      const own = explanation === undefined ? {} : { explanation };
      return { ...testResult(score), failure: { ...score.failure, ...own, artefact } };
    });
    return {
      lab: lab.id,
      status: 'graded',
      hash,
      points: sum(scores.map(({ points }) => points)),
      possible: sum(scores.map(({ possible }) => possible)),
      tests,
    };
  }
}

/** Whether a failing seed of the test may be shown: either anybody could know it, or the teacher says so. */
function isShown(test: string, { hidden }: LabPlan, { hasSecret, showsHiddenFailures }: Grading): boolean {
  return showsHiddenFailures || (!hasSecret && !hidden.has(test));
}

function withoutSeed(score: TestScore): TestScore {
  if (score.failure === undefined) return score;
  const { seed: _, ...failure } = score.failure;
  return { ...score, failure };
}

const NOTHING = 'Nothing was handed in.';

/** The result of somebody who has handed in nothing. */
function nothing(name: string, { plans }: Grading): SubmissionResult {
  return resultOf(
    name,
    plans.map(({ lab }) => unscored(lab, 'missing', NOTHING)),
  );
}

function resultOf(name: string, labs: LabResult[]): SubmissionResult {
  const isGraded = labs.every(({ status }) => status !== 'not-graded');
  return {
    name,
    status: isGraded ? 'graded' : 'not-graded',
    points: sum(labs.map(({ points }) => points)),
    possible: sum(labs.map(({ possible }) => possible)),
    labs,
  };
}

/** Why there is nothing to grade, and where the entry file may be instead. */
function describeMissing({ entry }: LabInfo, { files, unread }: Sources): string | undefined {
  if (files.has(entry) || unread.has(entry)) return undefined;
  const names = [...files.keys(), ...unread.keys()];
  if (names.length === 0) return `There is no ${entry}, nor any other TypeScript file.`;
  const elsewhere = names.find((name) => name.endsWith(`/${entry}`));
  if (elsewhere !== undefined) return `There is no ${entry}; ${show(elsewhere)} lies too deep.`;
  const close = names.find((name) => name.toLowerCase() === entry.toLowerCase());
  return `There is no ${entry}; there is ${names.length === 1 ? 'only ' : ''}${show(close ?? names[0] ?? '')}.`;
}

function testResult({ failure, interval: { low, high }, ...rest }: TestScore): TestResult {
  const interval = { low: roundPoints(low), high: roundPoints(high) };
  return { ...rest, interval, ...(failure === undefined ? {} : { failure: { ...failure } }) };
}

function unscored(
  lab: LabInfo,
  status: 'missing' | 'refused' | 'not-graded',
  reason: string,
  hash?: string,
): LabResult {
  const possible = sum(testsOf(lab).map(({ points }) => points));
  return {
    lab: lab.id,
    status,
    reason,
    ...(hash === undefined ? {} : { hash }),
    points: 0,
    possible,
    tests: [],
  };
}

function describeLab(plan: LabPlan, usual: number): Results['labs'][number] {
  const { lab, hidden } = plan;
  return {
    id: lab.id,
    title: lab.title,
    contract: lab.contract,
    possible: roundPoints(sum(testsOf(lab).map(({ points }) => points))),
    tests: lab.parts.flatMap((part) =>
      part.tests.map(({ id, title, about, points }) => {
        const seeds = plan.seedsOf(id);
        return {
          id,
          part: part.id,
          title,
          about,
          points: roundPoints(points),
          ...(seeds === usual ? {} : { seeds }),
          ...(hidden.has(id) ? { hidden: true as const } : {}),
        };
      }),
    ),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
