import type { LabInfo, Limits, Row, TestInfo } from '@lockstep/test-harness/runner';
import type { Failure } from '@lockstep/test-harness/trace';
import { recordFailures } from './artefacts.ts';
import type { Engine } from './engine.ts';
import { jobBase, type Loaded, type ReferenceShelf } from './implementation.ts';
import type { Credit } from './credit.ts';
import { keyOf, runMany, type RunRequest } from './run-many.ts';
import { assess, type Evidence, type TestScore } from './score.ts';

/** How an implementation is scored. */
export interface ScoringOptions {
  readonly tests: readonly TestInfo[];
  /** Seeds for a test, at least. */
  readonly seedsOf: (test: string) => number;
  /** A test's seed of this index; more may be drawn than asked for. */
  readonly seedAt: (test: string, index: number) => string;
  readonly credit: Credit;
  readonly limits?: Partial<Limits>;
  /** Whether the failing runs of a test may be recorded, with their seeds. */
  readonly isRecorded?: (test: string) => boolean;
  /** The failure of this very run, if it has been recorded before. */
  readonly known?: (row: Row) => Failure | undefined;
  readonly references: ReferenceShelf;
  /** Children at the same time. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  readonly onRow?: (row: Row) => void;
  /** Told when more runs are planned than were so far. */
  readonly onPlanned?: (runs: number) => void;
}

/** An implementation's scores in one lab, with the files of its failures. */
export interface LabScores {
  /** In the order of the tests; incomplete when there is an `internalError`, or after an interruption. */
  readonly scores: readonly TestScore[];
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  readonly internalError?: string;
}

/** All tests of a lab, in order. */
export function testsOf(lab: LabInfo): TestInfo[] {
  return lab.parts.flatMap(({ tests }) => tests);
}

/** Runs every test with every seed, draws more where needed, and scores. */
export async function scoreLab(engine: Engine, loaded: Loaded, options: ScoringOptions): Promise<LabScores> {
  const scoring = new Scoring(engine, loaded, options);
  await scoring.run();
  return scoring.finish();
}

/** One test under way. */
interface Progress {
  readonly test: TestInfo;
  readonly runs: Row[];
  drawn: number;
  reference?: readonly Row[];
  score?: TestScore;
}

class Scoring {
  readonly #engine: Engine;
  readonly #loaded: Loaded;
  readonly #options: ScoringOptions;
  readonly #tests: readonly Progress[];
  /** Wall time that runs have taken so far, in ms: what `limits.wallMs` bounds is not each job, but all of them. */
  #spentMs = 0;
  #internalError: string | undefined;

  constructor(engine: Engine, loaded: Loaded, options: ScoringOptions) {
    this.#engine = engine;
    this.#loaded = loaded;
    this.#options = options;
    this.#tests = options.tests.map((test) => ({ test, runs: [], drawn: 0 }));
  }

  async run(): Promise<void> {
    // Seed by seed, not test by test: what is hopeless shows on the first seed.
    const first: RunRequest[] = [];
    const { seedsOf } = this.#options;
    const most = Math.max(0, ...this.#tests.map(({ test }) => seedsOf(test.id)));
    for (let i = 0; i < most; i++) {
      for (const progress of this.#tests) if (i < seedsOf(progress.test.id)) first.push(this.#draw(progress));
    }
    let wanted = first;
    while (wanted.length > 0) {
      this.#options.onPlanned?.(wanted.length);
      await this.#make(wanted);
      if (this.#isStopped()) return;
      wanted = await this.#assessAll();
      if (this.#isStopped()) return;
    }
  }

  async finish(): Promise<LabScores> {
    const scores = this.#tests.flatMap(({ score }) => score ?? []);
    const rows = this.#tests.flatMap(({ runs }) => runs);
    const failing = scores.flatMap(({ id, failure }) => {
      const row = rows.find(({ test, seed }) => test === id && seed === failure?.seed);
      return row === undefined ? [] : [row];
    });
    const { signal, tests, known = () => undefined, isRecorded = () => true } = this.#options;
    const shown = failing.filter(({ test }) => isRecorded(test));
    const recorded = this.#isStopped()
      ? { failures: [] }
      : await recordFailures(this.#engine, this.#loaded, tests, shown, { signal, known });
    const error = this.#internalError ?? recorded.defect;
    return {
      scores,
      rows,
      failures: recorded.failures,
      ...(error === undefined ? {} : { internalError: error }),
    };
  }

  #isStopped(): boolean {
    return this.#internalError !== undefined || this.#options.signal?.aborted === true;
  }

  #draw(progress: Progress): RunRequest {
    const { id } = progress.test;
    return { test: id, seed: this.#options.seedAt(id, progress.drawn++) };
  }

  async #make(requests: readonly RunRequest[]): Promise<void> {
    const { parallel, signal, onRow } = this.#options;
    const earlier = this.#tests.flatMap(({ runs }) => runs);
    const limits = this.#options.limits ?? {};
    const base = { ...jobBase(this.#loaded), earlier, spentMs: this.#spentMs, limits };
    const started = performance.now();
    const outcome = await runMany(this.#engine, base, requests, {
      ...(parallel === undefined ? {} : { parallel }),
      ...(signal === undefined ? {} : { signal }),
      ...(onRow === undefined ? {} : { onRow }),
    });
    this.#spentMs += performance.now() - started;
    const order = new Map(requests.map((request, i) => [keyOf(request), i]));
    const position = (row: Row): number => order.get(keyOf(row)) ?? 0;
    const rows = [...outcome.rows, ...outcome.charged].sort((a, b) => position(a) - position(b));
    for (const progress of this.#tests)
      progress.runs.push(...rows.filter(({ test }) => test === progress.test.id));
    this.#internalError ??= outcome.internalError;
  }

  /** Scores what can be scored; the runs that are still wanted. */
  async #assessAll(): Promise<RunRequest[]> {
    const wanted: RunRequest[] = [];
    for (const progress of this.#tests) {
      if (progress.score !== undefined) continue;
      let assessment = assess(this.#evidence(progress));
      if (assessment.next === 'reference') {
        progress.reference = await this.#runReference(progress.test, assessment.seeds);
        if (this.#isStopped()) return [];
        assessment = assess(this.#evidence(progress));
      }
      if (assessment.next === 'done') progress.score = assessment.score;
      if (assessment.next === 'more') {
        for (let i = 0; i < assessment.count; i++) wanted.push(this.#draw(progress));
      }
    }
    return wanted;
  }

  #evidence({ test, runs, reference }: Progress): Evidence {
    return {
      test,
      asked: this.#options.seedsOf(test.id),
      credit: this.#options.credit,
      runs,
      ...(reference === undefined ? {} : { reference }),
    };
  }

  async #runReference({ id }: TestInfo, seeds: readonly string[]): Promise<readonly Row[]> {
    const { references, signal } = this.#options;
    const loaded = { ...(await references.load(this.#loaded.lab)), suites: this.#loaded.suites };
    const runs = seeds.map((seed) => ({ test: id, seed }));
    const options = signal === undefined ? {} : { signal };
    const outcome = await runMany(this.#engine, jobBase(loaded), runs, options);
    this.#internalError ??= outcome.internalError;
    return outcome.rows;
  }
}
