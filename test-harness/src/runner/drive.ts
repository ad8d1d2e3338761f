import { attempt, DEFAULT_SLICE_MS } from './attempt.ts';
import type { Attempt } from './attempt.ts';
import type { ChildKeeper } from './child-keeper.ts';
import { isLikely, isProven } from './hang-evidence.ts';
import { describeDeath, describeOverflow, failedRow, HANG_PROPERTY } from './lost-run.ts';
import type { Death } from './lost-run.ts';
import type { Job, JobOutcome, Row } from './engine.ts';
import { diedOfStack } from './stack-end.ts';
import type { StackEnd } from './stack-end.ts';

/** A slice that took too long is tried again, alone, with so many times the limit. */
const PATIENCE = 10;
/** Tests of a submission in which a loss was confirmed, after which a loss is believed at once. */
const BELIEVED_AFTER_TESTS = 3;
/** See `Limits.lostRuns`; unless the job says otherwise. */
const DEFAULT_LOST_RUNS = 3;
/** Children in a row that died before they began. */
const MAX_INFRASTRUCTURE_FAILURES = 3;
/** Wall time that runs may take in vain, unless the job says otherwise, in ms; then the others are charged. */
const DEFAULT_LOST_MS = 180_000;

/** What else {@link runJob} may be told. */
export interface RunJobOptions {
  /** Ends the job early: the outcome has the rows so far. */
  readonly signal?: AbortSignal;
  /**
   * Keeps the child for the next job, which saves its start. Only for code that means no harm to the jobs that follow:
   * variants of one implementation.
   */
  readonly keeper?: ChildKeeper;
}

/**
 * Does the runs of a job, one after the other, in a child process. A run that takes its child down gets a row like
 * every other one, and the rest goes on in a new child.
 *
 * @param onRow called with each row as soon as it is known.
 */
export async function runJob(
  job: Job,
  onRow: (row: Row) => void,
  options: RunJobOptions = {},
): Promise<JobOutcome> {
  const driver = new JobDriver(job, onRow, options);
  try {
    return await driver.run();
  } catch (error) {
    return driver.outcome(`the runner failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

type Hang = NonNullable<Attempt['hang']>;

/** How an attempt differs from the usual. */
interface Manner {
  readonly stackEnd?: StackEnd;
  /** Records the runs, whether the job wants it or not. */
  readonly record?: true;
  /** Takes the rows; the usual way is that they count. */
  readonly onRow?: (run: number, row: Row) => void;
}

class JobDriver {
  readonly #job: Job;
  readonly #onRow: (row: Row) => void;
  readonly #options: RunJobOptions;
  readonly #rows = new Map<number, Row>();
  readonly #defects = new Map<number, string>();
  /** Of each test: the rows of runs that took their child down. */
  readonly #losses = new Map<string, Row[]>();
  readonly #passedTests = new Set<string>();
  /** Tests of which a run was lost twice: among others, and alone. */
  readonly #confirmedTests = new Set<string>();
  /** Wall time of runs that were lost. */
  #lostMs = 0;
  /** Ends the attempt under way when the job's whole wall time is over. */
  readonly #wall = new AbortController();
  #lastProgress = performance.now();
  #infrastructureFailures = 0;
  #hasFailed = false;

  constructor(job: Job, onRow: (row: Row) => void, options: RunJobOptions) {
    this.#job = job;
    this.#onRow = onRow;
    this.#options = options;
    for (const row of job.earlier ?? []) {
      if (row.verdict.status === 'pass') this.#passedTests.add(row.test);
      else if (row.traceHash === '' && row.notRun !== true) this.#noteLoss(row);
    }
  }

  async run(): Promise<JobOutcome> {
    const { wallMs } = this.#job.limits ?? {};
    const leftMs = wallMs === undefined ? undefined : Math.max(0, wallMs - (this.#job.spentMs ?? 0));
    const timer = leftMs === undefined ? undefined : setTimeout(() => this.#wall.abort(), leftMs);
    try {
      return await this.#runAll();
    } finally {
      clearTimeout(timer);
    }
  }

  async #runAll(): Promise<JobOutcome> {
    const sliceMs = this.#job.limits?.sliceMs ?? DEFAULT_SLICE_MS;
    for (;;) {
      this.#chargeHopeless();
      const open = this.#openRuns();
      if (open.length === 0 || this.#isOver) return this.outcome();
      const result = await this.#attempt(open, sliceMs);
      if (result.hang !== undefined) await this.#heedHang(result.hang, sliceMs);
      else if (result.openRun !== undefined) await this.#heedDeath(result.openRun, result, sliceMs);
      else if (!result.isComplete && !result.hasBegun) {
        this.#infrastructureFailures++;
        if (this.#infrastructureFailures >= MAX_INFRASTRUCTURE_FAILURES) {
          return this.outcome(
            `the run child did not start: ${describeDeath(result.end, result.heapMb).message}`,
          );
        }
      }
    }
  }

  get #isOver(): boolean {
    return this.#options.signal?.aborted === true || (this.#job.untilFailure === true && this.#hasFailed);
  }

  get #signal(): AbortSignal {
    const { signal } = this.#options;
    return signal === undefined ? this.#wall.signal : AbortSignal.any([signal, this.#wall.signal]);
  }

  async #attempt(
    runs: readonly number[],
    sliceMs: number,
    { stackEnd, record, onRow = (run, row) => this.#take(run, row) }: Manner = {},
  ): Promise<Attempt> {
    this.#lastProgress = performance.now();
    const result = await attempt(
      record === undefined ? this.#job : { ...this.#job, record },
      runs,
      sliceMs,
      (run, row) => {
        this.#infrastructureFailures = 0;
        this.#lastProgress = performance.now();
        onRow(run, row);
      },
      { ...this.#options, signal: this.#signal, ...(stackEnd === undefined ? {} : { stackEnd }) },
    );
    // At the end of a stack that only says so, it may be our own code that has no room left.
    if (stackEnd !== 'thrown') for (const [run, message] of result.defects) this.#defects.set(run, message);
    if (result.hang !== undefined || result.openRun !== undefined) {
      this.#lostMs += performance.now() - this.#lastProgress;
    }
    return result;
  }

  #openRuns(): number[] {
    return [...this.#job.runs.keys()].filter((run) => !this.#rows.has(run) && !this.#defects.has(run));
  }

  #take(run: number, row: Row): void {
    this.#rows.set(run, row);
    if (row.verdict.status === 'fail') this.#hasFailed = true;
    else this.#passedTests.add(row.test);
    this.#onRow(row);
  }

  /**
   * The wall clock of a busy machine proves nothing; alone and with ten times the limit, it does, if the slice had all
   * the processor time that it may take. Otherwise once more, with ten times as much again; then whatever comes of it
   * counts, for it may be that the code only waits.
   */
  async #heedHang(candidate: Hang, sliceMs: number): Promise<void> {
    const { run } = candidate;
    if (this.#isBelieved && isLikely(candidate, sliceMs)) return this.#lose(run, hang(candidate, sliceMs));
    let limitMs = sliceMs * PATIENCE;
    let result = await this.#attempt([run], limitMs);
    if (result.hang !== undefined && !isProven(result.hang, sliceMs)) {
      limitMs *= PATIENCE;
      result = await this.#attempt([run], limitMs);
    }
    if (this.#isSettled(run) || result.end.killed === 'aborted') return;
    this.#confirmedTests.add(this.#testOf(run));
    if (result.hang === undefined) this.#lose(run, describeDeath(result.end, result.heapMb));
    else this.#lose(run, hang(result.hang, limitMs));
  }

  /**
   * The run was under way when its child died: perhaps of what earlier runs had left behind, perhaps by a hand from
   * outside (a machine short of memory kills whom it likes). Alone, in a child of its own, it shows.
   */
  async #heedDeath(run: number, death: Attempt, sliceMs: number): Promise<void> {
    if (death.end.killed === 'aborted') return;
    const isFromOutside = death.end.signal === 'SIGKILL' && death.end.killed === undefined;
    const isBelieved = this.#isBelieved && !isFromOutside;
    if (diedOfStack(death.end) && (!isBelieved || this.#job.record === true)) {
      await this.#seeOverflow(run, sliceMs * PATIENCE);
      if (this.#isSettled(run)) return;
    }
    if (isBelieved) return this.#lose(run, describeDeath(death.end, death.heapMb));
    const result = await this.#attempt([run], sliceMs * PATIENCE);
    if (this.#isSettled(run) || result.end.killed === 'aborted') return;
    this.#confirmedTests.add(this.#testOf(run));
    if (result.hang !== undefined) return this.#lose(run, hang(result.hang, sliceMs * PATIENCE));
    if (result.openRun === undefined) this.#infrastructureFailures++;
    else this.#lose(run, describeDeath(result.end, result.heapMb));
  }

  /**
   * Calls of this run seem to have gone deeper than the stack, and a process that dies of it can't say where. One whose
   * engine throws an error can, unless somebody catches that. What else such a run comes to does not count.
   */
  async #seeOverflow(run: number, sliceMs: number): Promise<void> {
    const rows: Row[] = [];
    const onRow = (_: number, row: Row): void => void rows.push(row);
    await this.#attempt([run], sliceMs, { stackEnd: 'thrown', record: true, onRow });
    const death = rows[0] === undefined ? undefined : describeOverflow(rows[0]);
    if (death !== undefined && !this.#isOver) this.#lose(run, death);
  }

  /** Whether a loss needs no second look any more. */
  get #isBelieved(): boolean {
    return this.#job.areLost === true || this.#confirmedTests.size >= BELIEVED_AFTER_TESTS;
  }

  #isSettled(run: number): boolean {
    return this.#rows.has(run) || this.#defects.has(run) || this.#isOver;
  }

  #lose(run: number, death: Death): void {
    const asked = this.#job.runs[run];
    if (asked === undefined) return;
    const row = failedRow(asked, death, this.#job.record === true);
    this.#noteLoss(row);
    this.#take(run, row);
  }

  #noteLoss(row: Row): void {
    this.#losses.set(row.test, [...(this.#losses.get(row.test) ?? []), row]);
  }

  /**
   * After some runs of a test have taken their process down, its other seeds are not worth a process each; and when
   * lost runs have taken too much time in all, nothing else is.
   */
  #chargeHopeless(): void {
    for (const run of this.#openRuns()) {
      const hopeless = this.#whyHopeless(run);
      if (hopeless !== undefined) this.#charge(run, ...hopeless);
    }
  }

  /** Why a run is not worth making: a run that ended as it would, and the reason. */
  #whyHopeless(run: number): [like: Row | undefined, why: string] | undefined {
    const {
      lostMs = DEFAULT_LOST_MS,
      lostRuns = DEFAULT_LOST_RUNS,
      lostTests,
      wallMs,
    } = this.#job.limits ?? {};
    const test = this.#testOf(run);
    const own = this.#losses.get(test) ?? [];
    if (this.#wall.signal.aborted && wallMs !== undefined) return [this.#overdue(run, wallMs), ''];
    if (own.length >= lostRuns) {
      return [
        own.at(-1),
        lostRuns === 1 ? 'a run of this test ended so' : `${lostRuns} runs of this test ended so`,
      ];
    }
    const last = [...this.#losses.values()].flat().at(-1);
    if (lostTests !== undefined && this.#losses.size >= lostTests && !this.#passedTests.has(test)) {
      const names = [...this.#losses.keys()].slice(0, lostTests).join(', ');
      return [last, `runs of ${names} ended so`];
    }
    if (this.#lostMs <= lostMs) return undefined;
    return [last, `other runs have held up everything for ${lostMs / 1000} s`];
  }

  #charge(run: number, like: Row | undefined, why: string): void {
    const asked = this.#job.runs[run];
    if (asked === undefined || like?.verdict.status !== 'fail') return;
    const { kind, property, message } = like.verdict;
    const death = { kind: kind === 'hang' ? kind : 'crash', property } as const;
    const text = why === '' ? message : `${why} (${message})`;
    this.#take(run, { ...failedRow(asked, { ...death, message: `not run: ${text}` }), notRun: true });
  }

  #overdue(run: number, wallMs: number): Row {
    const message = `all runs together took more than ${wallMs / 1000} s of real time`;
    const asked = this.#job.runs[run] ?? { test: '', seed: '' };
    return failedRow(asked, { kind: 'hang', property: 'bounded time', message });
  }

  #testOf(run: number): string {
    return this.#job.runs[run]?.test ?? '';
  }

  /** What is known so far; `fault` says why there is no more. */
  outcome(fault?: string): JobOutcome {
    const rows = [...this.#rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    const [defect] = [...this.#defects].sort(([a], [b]) => a - b);
    const internalError = fault ?? (defect === undefined ? undefined : this.#describeDefect(defect));
    return { rows, ...(internalError === undefined ? {} : { internalError }) };
  }

  #describeDefect([run, message]: [number, string]): string {
    const asked = this.#job.runs[run];
    return `the harness failed in ${asked?.test ?? '?'}, seed ${asked?.seed ?? '?'}: ${message}`;
  }
}

function hang({ node, atMs, trace }: Hang, limitMs: number): Death {
  const who = node === undefined ? 'the code' : `the code of ${node}`;
  const message = `${who} did not give control back within ${limitMs / 1000} s of real time`;
  return {
    kind: 'hang',
    property: HANG_PROPERTY,
    message,
    atMs,
    ...(node === undefined ? {} : { node }),
    ...(trace === undefined ? {} : { trace }),
  };
}
