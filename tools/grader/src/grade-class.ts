import PQueue from 'p-queue';
import { show } from '@lockstep/test-harness/load';
import type { Sources } from '@lockstep/test-harness/load';
import type { LabInfo, ReadOutcome } from '@lockstep/test-harness/runner';
import { failureFileName, type Failure } from '@lockstep/test-harness/trace';
import { relative } from 'node:path';
import type { Engine } from './engine.ts';
import { safeFolderName } from './files.ts';
import { scoreLab, testsOf } from './grade-lab.ts';
import { nodeMajor, ReferenceShelf, type Loaded } from './implementation.ts';
import { RESULTS_VERSION, TIMES_VERSION } from './results.ts';
import type { LabResult, Results, SubmissionResult, TestResult, Times } from './results.ts';
import type { TestScore } from './score.ts';
import { graderSeed } from './seeds.ts';
import type { ClassList, Submission } from './class/submissions.ts';

/** What the grader tells while it works. */
export interface GradeProgress {
  /** So many more runs are planned. */
  planned(runs: number): void;
  /** A run of this submission has ended. */
  ran(submission: string): void;
  finished(result: SubmissionResult): void;
}

/** How a class is graded. */
export interface GradeOptions {
  readonly seeds: number;
  /** Submissions at the same time. */
  readonly jobs: number;
  /** What lies below a lab that builds on others: their references (the default), or the submission's own, if any. */
  readonly below?: 'reference' | 'own';
  /** Walls of the operating system that stand, for the record. */
  readonly walls?: readonly string[];
  readonly progress?: GradeProgress;
  readonly signal?: AbortSignal;
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

/** Grades a class. Never throws for what a submission does; our own faults leave it "not graded". */
export async function gradeClass(
  engine: Engine,
  allLabs: readonly LabInfo[],
  { submissions, labs }: ClassList,
  options: GradeOptions,
): Promise<Graded> {
  const started = new Date();
  const references = new ReferenceShelf(engine, allLabs);
  const failures = new Map<string, Failure>();
  const queue = new PQueue({ concurrency: options.jobs });
  const gradeOne = async (submission: Submission): Promise<SubmissionGrade> => {
    const grader = new SubmissionGrader({ engine, references, options, failures, labs, submission });
    const grade = await grader.grade();
    options.progress?.finished(grade.result);
    return grade;
  };
  const grades = await queue.addAll(submissions.map((submission) => () => gradeOne(submission)));
  return {
    results: {
      version: RESULTS_VERSION,
      nodeMajor: nodeMajor(),
      seeds: Array.from({ length: options.seeds }, (_, i) => graderSeed(i)),
      labs: labs.map(describeLab),
      submissions: grades.map(({ result }) => result),
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
  readonly result: SubmissionResult;
  readonly wallMs: number;
  readonly runs: number;
}

interface SubmissionTask {
  readonly engine: Engine;
  readonly references: ReferenceShelf;
  readonly options: GradeOptions;
  readonly failures: Map<string, Failure>;
  readonly labs: readonly LabInfo[];
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
    for (const lab of this.#task.labs) labs.push(await this.#gradeLab(lab, read));
    const isGraded = labs.every(({ status }) => status !== 'not-graded');
    const result: SubmissionResult = {
      name: submission.name,
      ...(submission.students.length === 0 ? {} : { students: [...submission.students] }),
      status: isGraded ? 'graded' : 'not-graded',
      points: sum(labs.map(({ points }) => points)),
      possible: sum(labs.map(({ possible }) => possible)),
      labs,
    };
    return { result, wallMs: Date.now() - started, runs: this.#runs };
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

  async #gradeLab(lab: LabInfo, read: ReadOutcome | Error): Promise<LabResult> {
    if (this.#task.options.signal?.aborted === true) return unscored(lab, 'not-graded', 'Interrupted.');
    try {
      if (read instanceof Error) throw read;
      if (!read.ok) return unscored(lab, 'refused', read.message);
      return await this.#buildAndScore(lab, read.sources);
    } catch (error) {
      return unscored(lab, 'not-graded', error instanceof Error ? error.message : String(error));
    }
  }

  async #buildAndScore(lab: LabInfo, sources: Sources): Promise<LabResult> {
    const { engine, submission, references, options } = this.#task;
    const missing = describeMissing(lab, sources);
    if (missing !== undefined) return unscored(lab, 'missing', missing);
    const built = await engine.buildSources(sources, lab);
    if (!built.ok) return unscored(lab, 'refused', built.message);
    const { bundle } = built;
    const path = relative(process.cwd(), submission.handin.path) || '.';
    const layers = await this.#layersOf(lab, sources, path);
    if (typeof layers === 'string') return unscored(lab, 'refused', layers, bundle.hash);
    const loaded = { lab, source: { kind: 'folder' as const, path }, bundle, layers, suites: [] };
    const { progress, signal, seeds } = options;
    const { scores, failures, internalError } = await scoreLab(engine, loaded, {
      seeds,
      seedAt: graderSeed,
      tests: testsOf(lab),
      references,
      ...(signal === undefined ? {} : { signal }),
      onPlanned: (runs) => progress?.planned(runs),
      onRow: () => {
        this.#runs++;
        progress?.ran(submission.name);
      },
    });
    if (signal?.aborted === true) return unscored(lab, 'not-graded', 'Interrupted.', bundle.hash);
    if (internalError !== undefined) return unscored(lab, 'not-graded', internalError, bundle.hash);
    const own = Object.entries(layers).flatMap(([id, { bundle: below, path: isOwn }]) =>
      isOwn === undefined ? [] : [[id, below.hash] as const],
    );
    const result = this.#scored(lab, bundle.hash, scores, failures);
    return own.length === 0 ? result : { ...result, below: Object.fromEntries(own) };
  }

  /** What the submission is graded on; or, in a sentence, why its own layer below could not be built. */
  async #layersOf(lab: LabInfo, sources: Sources, path: string): Promise<Loaded['layers'] | string> {
    const { engine, references, options } = this.#task;
    const layers = await references.layersOf(lab);
    if (options.below !== 'own') return layers;
    for (const id of lab.layers) {
      const below = references.lab(id);
      const reference = layers[id]?.bundle;
      if (!sources.files.has(below.entry) || reference === undefined) continue;
      const built = await engine.buildSources(sources, below);
      if (!built.ok) return built.message;
      layers[id] = { bundle: built.bundle, path, reference };
    }
    return layers;
  }

  #scored(lab: LabInfo, hash: string, scores: readonly TestScore[], failures: readonly Failure[]): LabResult {
    const folder = `failures/${safeFolderName(this.#task.submission.name)}`;
    const tests = scores.map((score): TestResult => {
      const failure = failures.find(({ test }) => test.id === score.id);
      if (failure === undefined || score.failure === undefined) return withoutArtefact(score);
      const artefact = `${folder}/${failureFileName(failure.test.id, failure.seed)}`;
      this.#task.failures.set(artefact, failure);
      const { explanation } = failure.verdict;
      const own = explanation === undefined ? {} : { explanation };
      return { ...score, failure: { ...score.failure, ...own, artefact } };
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

function withoutArtefact(score: TestScore): TestResult {
  const { failure, ...rest } = score;
  return failure === undefined ? rest : { ...rest, failure: { ...failure } };
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

function describeLab(lab: LabInfo): Results['labs'][number] {
  return {
    id: lab.id,
    title: lab.title,
    contract: lab.contract,
    possible: sum(testsOf(lab).map(({ points }) => points)),
    tests: lab.parts.flatMap((part) =>
      part.tests.map(({ id, title, about, points }) => ({ id, part: part.id, title, about, points })),
    ),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
