import type { Job, Row } from '@lockstep/test-harness/runner';
import type { Engine } from './engine.ts';

/** One run to make. */
export interface RunRequest {
  readonly test: string;
  readonly seed: string;
}

/** What became of a list of runs. */
export interface RunsOutcome {
  readonly rows: readonly Row[];
  /** Tests of which runs were given up, because runs of this or of other tests took their child down. */
  readonly abandoned: ReadonlyMap<string, Abandoned>;
  /** Our own fault, in a sentence: some runs have no row and were not graded. */
  readonly internalError?: string;
}

/** Why runs of a test were not made. */
export interface Abandoned {
  readonly kind: 'crash' | 'hang';
  readonly property: string;
  /** Ends the sentence "not run: …". */
  readonly why: string;
}

/** How {@link runMany} goes about it. */
export interface RunManyOptions {
  /** Children at the same time. Default 1. */
  readonly parallel?: number;
  readonly signal?: AbortSignal;
  readonly onRow?: (row: Row) => void;
  /** Stop as soon as a run fails. */
  readonly bail?: boolean;
  /** Leave it to the job's limits when a test is given up: the rows say so then. */
  readonly goesOn?: boolean;
}

/** So many tests that took their child down, and those that have not passed once are not tried any more. */
const LOST_TESTS = 3;

/**
 * Makes the runs, in children of the harness. A test whose run hung, or exhausted the memory, is not run
 * with other seeds: the test is lost already, and each further one would cost seconds. When that has
 * happened to three tests, those without a single pass so far are given up as well, so that one
 * submission cannot hold up a class. With `goesOn` the child's own limits decide, which also know of partial credit.
 */
export async function runMany(
  engine: Engine,
  base: Omit<Job, 'runs'>,
  runs: readonly RunRequest[],
  options: RunManyOptions = {},
): Promise<RunsOutcome> {
  const run = new Runs(engine, base, options);
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
  /** The last run of each test that took its child down. */
  readonly #lost = new Map<string, Abandoned>();
  readonly #passed = new Set<string>();
  readonly #abandoned = new Map<string, Abandoned>();
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
      rows: this.#rows,
      abandoned: this.#abandoned,
      ...(error === undefined ? {} : { internalError: error }),
    };
  }

  /** Makes these runs, in one child after another: a new one each time a test is given up. */
  async work(requests: readonly RunRequest[]): Promise<void> {
    let left = this.#wanted(requests);
    while (left.length > 0 && !this.#isOver()) {
      const before = left.length;
      left = this.#wanted(await this.#job(left));
      // Every job makes progress, or says why not; this guards against neither.
      if (left.length === before && this.#internalError === undefined && !this.#isOver()) {
        this.#internalError = `The runner gave no result for ${left[0]?.test ?? ''}, seed ${left[0]?.seed ?? ''}.`;
      }
    }
  }

  #isOver(): boolean {
    return (
      this.#internalError !== undefined ||
      this.#options.signal?.aborted === true ||
      this.#bailed.signal.aborted
    );
  }

  /** Runs one job, cut short when a test hangs. Returns the requests without a row. */
  async #job(requests: readonly RunRequest[]): Promise<readonly RunRequest[]> {
    const done = new Set<string>();
    const cut = new AbortController();
    const signals = [
      cut.signal,
      this.#bailed.signal,
      ...(this.#options.signal ? [this.#options.signal] : []),
    ];
    const outcome = await this.#engine.runJob(
      { ...this.#base, runs: requests },
      (row) => {
        done.add(keyOf(row));
        if (this.#take(row)) cut.abort();
      },
      { signal: AbortSignal.any(signals) },
    );
    if (outcome.internalError !== undefined && !cut.signal.aborted && !this.#isOver()) {
      this.#internalError = outcome.internalError;
    }
    return requests.filter((request) => !done.has(keyOf(request)));
  }

  /** Takes a row in; whether what is left to run has become less. */
  #take(row: Row): boolean {
    this.#rows.push(row);
    this.#options.onRow?.(row);
    if (row.verdict.status === 'pass') {
      this.#passed.add(row.test);
      return false;
    }
    if (this.#options.bail === true) this.#bailed.abort();
    // A run that ended by itself has a trace.
    if (row.traceHash !== '' || this.#base.debug !== undefined || this.#options.goesOn === true) return false;
    const { kind, property } = row.verdict;
    const why = 'an earlier run of the test took its process down';
    this.#lost.set(row.test, { kind: kind === 'hang' ? 'hang' : 'crash', property, why });
    return true;
  }

  #wanted(requests: readonly RunRequest[]): RunRequest[] {
    return requests.filter(({ test }) => {
      const abandoned = this.#abandon(test);
      if (abandoned !== undefined) this.#abandoned.set(test, abandoned);
      return abandoned === undefined;
    });
  }

  #abandon(test: string): Abandoned | undefined {
    const own = this.#lost.get(test);
    if (own !== undefined) return own;
    const last = [...this.#lost.values()].at(-1);
    if (last === undefined || this.#lost.size < LOST_TESTS || this.#passed.has(test)) return undefined;
    const names = [...this.#lost.keys()].slice(0, LOST_TESTS).join(', ');
    return { ...last, why: `runs of ${names} took their process down before` };
  }
}

function keyOf({ test, seed }: RunRequest): string {
  return `${test} ${seed}`;
}
