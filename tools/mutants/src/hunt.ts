import { isVoid } from '@lockstep/grader';
import { ChildKeeper, runJob } from '@lockstep/test-harness/runner';
import type { AskedRun, Bundle, Job, ReferenceSources, Row, TestInfo } from '@lockstep/test-harness/runner';
import { applyEdit, type Mutant } from './mutant.ts';
import { Order } from './order.ts';

/** What a hunt needs. */
export interface HuntOptions {
  readonly sources: ReferenceSources;
  /** The lab, and what lies below it. */
  readonly base: Omit<Job, 'runs' | 'implementation'>;
  readonly tests: readonly TestInfo[];
  readonly seeds: readonly string[];
  /** Children at the same time. */
  readonly jobs: number;
  /** Mutants that are expected to live: the first seed is enough for them. */
  readonly isExpected?: (mutant: Mutant) => boolean;
  readonly signal?: AbortSignal;
  /** Called with each mutant whose fate is known, or has survived another seed. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** The fate of one mutant. */
export interface Outcome {
  readonly mutant: Mutant;
  /**
   * `unbuilt`: the bundler refuses it, or makes of it what it makes of the reference; such a mutant does not count.
   * `unreached`: it survived, and no run ever calls the function that it is in.
   */
  readonly fate: 'killed' | 'survived' | 'unreached' | 'unbuilt';
  /** Runs that were made. */
  readonly runs: number;
  /** Of them, those whose trace is not the reference's. */
  readonly changed: number;
  /** Of each test: runs that passed, but without a situation that each run must have. */
  readonly voids: Readonly<Record<string, number>>;
  /** All seeds have been tried, or need not be. */
  readonly isFinal: boolean;
  readonly killer?: Killer;
}

/** What a test had against a mutant. */
export interface Killer {
  readonly test: string;
  /** Of the failing run; absent when it takes all runs together to see that the test's situation never comes about. */
  readonly seed?: string;
  readonly kind: string;
  readonly property: string;
  readonly message: string;
}

/** The suite itself cannot be used to judge mutants. */
export class UnfitSuite extends Error {
  override readonly name = 'UnfitSuite';
}

/** So many mutants are run in the same order of tests, so that the outcome does not depend on who is faster. */
const BATCH = 16;

/**
 * Runs the suite on each mutant until the first failure. First all of them with the first seed; the others are for
 * those that live. Deterministic: the same mutants, tests and seeds have the same outcomes, with the same killers.
 */
export async function hunt(mutants: readonly Mutant[], options: HuntOptions): Promise<Outcome[]> {
  const hunting = new Hunt(options);
  try {
    return await hunting.run(mutants);
  } finally {
    await hunting.end();
  }
}

class Hunt {
  readonly #options: HuntOptions;
  readonly #order: Order;
  readonly #keepers: readonly ChildKeeper[];
  /** Trace hashes of the reference's runs, by test and seed. */
  readonly #hashes = new Map<string, string>();
  readonly #reached = new Map<string, Promise<boolean>>();
  #reference: Bundle | undefined;

  constructor(options: HuntOptions) {
    this.#options = options;
    this.#order = new Order(options.tests.map(({ id }) => id));
    this.#keepers = Array.from({ length: options.jobs }, () => new ChildKeeper());
  }

  async end(): Promise<void> {
    await Promise.all(this.#keepers.map((keeper) => keeper.close()));
  }

  async run(mutants: readonly Mutant[]): Promise<Outcome[]> {
    const { seeds } = this.#options;
    await this.#runReference();
    const early = await this.#stage(mutants, seeds.slice(0, 1), []);
    for (const { mutant, changed } of early)
      if (changed > 0) this.#reached.set(functionOf(mutant), Promise.resolve(true));
    if (seeds.length === 1) return early.map((outcome) => this.#finish(outcome));
    const alive = early.filter(({ fate, isFinal }) => fate === 'survived' && !isFinal);
    const late = await this.#stage(
      alive.map(({ mutant }) => mutant),
      seeds.slice(1),
      alive,
    );
    const final = new Map(late.map((outcome) => [outcome.mutant, this.#finish(outcome)]));
    return early.map((outcome) => final.get(outcome.mutant) ?? outcome);
  }

  /** A test that none of a mutant's runs gets to count for anything is one that it fails. */
  #finish(outcome: Outcome): Outcome {
    const { seeds } = this.#options;
    const [test] = Object.entries(outcome.voids).find(([, runs]) => runs === seeds.length) ?? [];
    if (outcome.fate !== 'survived' || test === undefined) return outcome;
    const message = `no run came to what the test is about, with ${seeds.length} seeds`;
    return {
      ...outcome,
      fate: 'killed',
      killer: { test, kind: 'not-reached', property: 'situation', message },
    };
  }

  /** What a trace is compared with; and no mutant can be judged by a test that the reference fails. */
  async #runReference(): Promise<void> {
    const { sources, tests, seeds } = this.#options;
    const built = await sources.bundleWith('reference', new Map());
    if (!built.ok) throw new UnfitSuite(`the reference cannot be bundled: ${built.message}`);
    this.#reference = built.bundle;
    const runs = seeds.flatMap((seed) => tests.map(({ id }) => ({ test: id, seed })));
    await this.#share(runs, 1 + Math.floor(runs.length / this.#keepers.length), async (hand, keeper) => {
      for (const row of await this.#job(built.bundle, hand, keeper)) {
        if (row.verdict.status === 'fail') {
          throw new UnfitSuite(
            `the reference fails ${row.test} with seed ${row.seed}: ${row.verdict.message}`,
          );
        }
        this.#hashes.set(nameOf(row), row.traceHash);
        this.#order.costs(row.test, row.counters.events);
      }
    });
  }

  /** All mutants with these seeds, after what is known of them. */
  async #stage(
    mutants: readonly Mutant[],
    seeds: readonly string[],
    known: readonly Outcome[],
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let start = 0; start < mutants.length && this.#options.signal?.aborted !== true; start += BATCH) {
      const batch = mutants.slice(start, start + BATCH);
      const tests = this.#order.tests();
      const runs = seeds.flatMap((seed) => tests.map((test) => ({ test, seed })));
      const found = new Map<Mutant, Outcome>();
      await this.#share(batch, 1, async (hand, keeper) => {
        for (const mutant of hand) {
          const before = known.find((one) => one.mutant === mutant);
          const outcome = await this.#try(mutant, runs, keeper, before);
          if (outcome === undefined) return;
          found.set(mutant, outcome);
          this.#options.onOutcome?.(outcome);
        }
      });
      for (const mutant of batch) {
        const outcome = found.get(mutant);
        if (outcome === undefined) continue;
        outcomes.push(outcome);
        if (outcome.killer) this.#order.killed(outcome.killer.test);
      }
    }
    return outcomes;
  }

  /** `undefined` when it was interrupted. */
  async #try(
    mutant: Mutant,
    runs: readonly AskedRun[],
    keeper: ChildKeeper,
    before: Outcome | undefined,
  ): Promise<Outcome | undefined> {
    const bundle = await this.#build(mutant.file, applyEdit(this.#textOf(mutant.file), mutant.edit));
    if (bundle === undefined)
      return { mutant, fate: 'unbuilt', runs: 0, changed: 0, voids: {}, isFinal: true };
    if (before?.changed === 0 && !(await this.#isReached(mutant, keeper)))
      return { ...before, fate: 'unreached', isFinal: true };
    const rows = await this.#job(bundle, runs, keeper);
    if (this.#options.signal?.aborted === true) return undefined;
    const changed = rows.filter((row) => row.traceHash !== this.#hashes.get(nameOf(row))).length;
    const counts = {
      runs: (before?.runs ?? 0) + rows.length,
      changed: (before?.changed ?? 0) + changed,
      voids: this.#voids(rows, before),
    };
    const killer = killerOf(rows);
    const { isExpected = () => false } = this.#options;
    const isFinal = before !== undefined || this.#options.seeds.length === 1 || isExpected(mutant);
    return killer === undefined
      ? { mutant, fate: 'survived', ...counts, isFinal }
      : { mutant, fate: 'killed', ...counts, isFinal: true, killer };
  }

  #voids(rows: readonly Row[], before: Outcome | undefined): Record<string, number> {
    const voids: Record<string, number> = { ...before?.voids };
    for (const row of rows) {
      const test = this.#options.tests.find(({ id }) => id === row.test);
      if (test !== undefined && isVoid(test, row)) voids[row.test] = (voids[row.test] ?? 0) + 1;
    }
    return voids;
  }

  /** Whether any run calls the function around the mutant: then one notices when the function throws. */
  async #isReached(mutant: Mutant, keeper: ChildKeeper): Promise<boolean> {
    const { file, functionBody } = mutant;
    if (functionBody === undefined) return true;
    const key = functionOf(mutant);
    const known = this.#reached.get(key) ?? this.#poison(file, functionBody, keeper);
    this.#reached.set(key, known);
    return known;
  }

  async #poison(file: string, functionBody: number, keeper: ChildKeeper): Promise<boolean> {
    const text = " throw new Error('this function is called');";
    const poisoned = applyEdit(this.#textOf(file), { start: functionBody, end: functionBody, text });
    const bundle = await this.#build(file, poisoned);
    if (bundle === undefined) return true;
    const { seeds } = this.#options;
    const tests = this.#order.tests();
    const runs = seeds.flatMap((seed) => tests.map((test) => ({ test, seed })));
    const rows = await this.#job(bundle, runs, keeper);
    return rows.length < runs.length || rows.some((row) => row.traceHash !== this.#hashes.get(nameOf(row)));
  }

  #textOf(file: string): string {
    return this.#options.sources.files.get(file) ?? '';
  }

  async #build(file: string, text: string): Promise<Bundle | undefined> {
    const built = await this.#options.sources.bundleWith(
      `reference, changed in ${file}`,
      new Map([[file, text]]),
    );
    return built.ok && built.bundle.js !== this.#reference?.js ? built.bundle : undefined;
  }

  async #job(
    implementation: Bundle,
    runs: readonly AskedRun[],
    keeper: ChildKeeper,
  ): Promise<readonly Row[]> {
    const { base, signal } = this.#options;
    const job = { ...base, implementation, runs, untilFailure: true };
    const { rows, internalError } = await runJob(job, () => undefined, {
      keeper,
      ...(signal === undefined ? {} : { signal }),
    });
    const isOver = signal?.aborted === true || rows.some(({ verdict }) => verdict.status === 'fail');
    if (internalError !== undefined && !isOver) throw new UnfitSuite(internalError);
    return rows;
  }

  /** Each keeper takes the next few items whenever it has nothing to do. */
  async #share<T>(
    items: readonly T[],
    atOnce: number,
    work: (hand: readonly T[], keeper: ChildKeeper) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    await Promise.all(
      this.#keepers.map(async (keeper) => {
        while (next < items.length && this.#options.signal?.aborted !== true) {
          const hand = items.slice(next, next + atOnce);
          next += hand.length;
          await work(hand, keeper);
        }
      }),
    );
  }
}

function functionOf({ file, functionBody }: Mutant): string {
  return `${file} ${functionBody ?? ''}`;
}

function nameOf({ test, seed }: { readonly test: string; readonly seed: string }): string {
  return `${test} ${seed}`;
}

function killerOf(rows: readonly Row[]): Killer | undefined {
  const row = rows.find(({ verdict }) => verdict.status === 'fail');
  if (row?.verdict.status !== 'fail') return undefined;
  const { kind, property, message } = row.verdict;
  return { test: row.test, seed: row.seed, kind, property, message };
}
