import type { Job, Limits, Row } from '@lockstep/test-harness/runner';
import type { Engine } from './engine.ts';

/** One run to make. */
export interface RunRequest {
  readonly test: string;
  readonly seed: string;
}

/** What became of a list of runs. */
export interface RunsOutcome {
  /** Runs that were made. */
  readonly rows: readonly Row[];
  /** Runs that were not, because others had taken their process down, or all the time. */
  readonly charged: readonly Row[];
  /** Our own fault, in a sentence: some runs have no row and were not graded. */
  readonly internalError?: string;
}

/** How {@link runMany} goes about it. */
export interface RunManyOptions {
  /** Children at the same time. Default 1. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  /** Called with each row, made or charged. */
  readonly onRow?: (row: Row) => void;
  /** Stop as soon as a run fails. */
  readonly bail?: boolean;
}

/**
 * Where all seeds of a test have to pass, one that took its process down decides it, and each further one would cost
 * seconds. When that has happened to three tests, those without a single pass are given up as well.
 */
const ALL_SEEDS_COUNT: Partial<Limits> = { lostRuns: 1, lostTests: 3 };

/** Makes the runs, in children of the harness. What a job does not say of its limits is as if all seeds had to pass. */
export async function runMany(
  engine: Engine,
  base: Omit<Job, 'runs'>,
  runs: readonly RunRequest[],
  options: RunManyOptions = {},
): Promise<RunsOutcome> {
  const run = new Runs(engine, { ...base, limits: { ...ALL_SEEDS_COUNT, ...base.limits } }, options);
  const parallel = Math.max(1, Math.min(options.parallel ?? 1, runs.length));
  // Dealt like cards, so that every child has its share of each test.
  const hands = Array.from({ length: parallel }, (_, hand) =>
    runs.filter((_run, i) => i % parallel === hand),
  );
  await Promise.all(hands.map((hand) => run.work(hand)));
  return run.outcome();
}

class Runs {
  readonly #engine: Engine;
  readonly #base: Omit<Job, 'runs'>;
  readonly #options: RunManyOptions;
  readonly #rows: Row[] = [];
  readonly #bailed = new AbortController();
  #internalError: string | undefined;

  constructor(engine: Engine, base: Omit<Job, 'runs'>, options: RunManyOptions) {
    this.#engine = engine;
    this.#base = base;
    this.#options = options;
  }

  outcome(): RunsOutcome {
    const error = this.#internalError;
    return {
      rows: this.#rows.filter(({ notRun }) => notRun !== true),
      charged: this.#rows.filter(({ notRun }) => notRun === true),
      ...(error === undefined ? {} : { internalError: error }),
    };
  }

  /** Makes these runs, one after the other. */
  async work(requests: readonly RunRequest[]): Promise<void> {
    const done = new Set<string>();
    const { signal } = this.#options;
    const { internalError } = await this.#engine.runJob(
      { ...this.#base, runs: requests },
      (row) => {
        done.add(keyOf(row));
        this.#take(row);
      },
      { signal: AbortSignal.any([this.#bailed.signal, ...(signal === undefined ? [] : [signal])]) },
    );
    if (this.#isOver()) return;
    const missing = requests.find((request) => !done.has(keyOf(request)));
    // Every job makes all of its runs, or says why not; this guards against neither.
    this.#internalError =
      internalError ??
      (missing === undefined
        ? undefined
        : `The runner gave no result for ${missing.test}, seed ${missing.seed}.`);
  }

  #isOver(): boolean {
    return (
      this.#internalError !== undefined ||
      this.#options.signal?.aborted === true ||
      this.#bailed.signal.aborted
    );
  }

  #take(row: Row): void {
    this.#rows.push(row);
    this.#options.onRow?.(row);
    if (this.#options.bail === true && row.verdict.status === 'fail') this.#bailed.abort();
  }
}

/** Tells one run of a job from its others. */
export function keyOf({ test, seed }: RunRequest): string {
  return `${test} ${seed}`;
}
