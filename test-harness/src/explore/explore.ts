import type { RunResult } from '../runner/run.ts';
import type { Draw } from '../suite/types.ts';
import { SeedChooser, SITE } from '../world/chooser.ts';
import { makeDraw } from '../world/draw.ts';
import { crashesOf, deviationsOf, mutate, rivalriesOf } from './neighbours.ts';
import { CALM, deviationsIn } from './schedule.ts';
import type { Schedule } from './schedule.ts';

/** Schedules that are handed over to be run at the same time. */
const BATCH = 64;

/** How a scenario is explored. */
export interface ExploreOptions {
  /** Runs at the most. */
  readonly maxSchedules: number;
  /** Of the sampling; the scenario's own seed is the business of `run`. Default `explore`. */
  readonly seed?: string;
  /**
   * Runs the scenario once for each schedule, from a cold start, with `explore` and `recordChoices`; results in the
   * same order.
   */
  readonly run: (schedules: readonly Schedule[]) => Promise<readonly RunResult[]>;
  /** Stop at the first violation. Default: go on. */
  readonly stopAtFirst?: boolean;
  readonly onProgress?: (report: ExploreReport) => void;
}

/** A schedule under which a property broke. */
export interface Found {
  readonly schedule: Schedule;
  readonly result: RunResult;
}

/** What was explored. */
export interface ExploreReport {
  readonly schedules: number;
  /** Runs that differ in more than the order of events that have nothing to do with each other. */
  readonly classes: number;
  /** Of the schedules, those with a crash. */
  readonly crashPoints: number;
  /** The most deviations in one schedule: late or lost messages, other timeouts, crashes. */
  readonly deviations: number;
  readonly found: readonly Found[];
  /** Whether the budget ended the exploration; otherwise everything within reach was run. */
  readonly isCut: boolean;
}

/** A run that was new, from which others are made. */
interface Known {
  readonly schedule: Schedule;
  readonly result: RunResult;
}

/** Batches without any schedule that has not been run, after which everything within reach counts as explored. */
const IDLE_BATCHES = 20;

/**
 * Explores a tiny scenario. First systematically: every crash point of the calm run, and every single deviation from
 * prompt delivery (delay-bounded scheduling: Emmi, Qadeer, Rakamarić 2011). Then by sampling, from runs that were new
 * to runs with one deviation more: a message, a timeout, a crash (in the spirit of PCT: Burckhardt et al. 2010; most
 * bugs need few deviations, so few random ones find them). A run that a known one equals but for the order of unrelated
 * events is not explored further. Code in flight can't be forked, so each schedule is a cold replay.
 */
export async function explore(options: ExploreOptions): Promise<ExploreReport> {
  const exploration = new Exploration(options);
  await exploration.start();
  return exploration.report;
}

class Exploration {
  readonly #options: ExploreOptions;
  readonly #draw: Draw;
  readonly #tried = new Set<string>();
  readonly #classes = new Set<string>();
  readonly #known: Known[] = [];
  readonly #found: Found[] = [];
  /** The calm run and the rivalries: where walks begin. */
  #roots: readonly Known[] = [];
  #schedules = 0;
  #crashPoints = 0;
  #deviations = 0;
  #isCut = false;

  constructor(options: ExploreOptions) {
    this.#options = options;
    this.#draw = makeDraw(new SeedChooser(options.seed ?? 'explore'), SITE.script, 0);
  }

  get report(): ExploreReport {
    return {
      schedules: this.#schedules,
      classes: this.#classes.size,
      crashPoints: this.#crashPoints,
      deviations: this.#deviations,
      found: this.#found,
      isCut: this.#isCut,
    };
  }

  get #isOver(): boolean {
    return this.#isCut || (this.#options.stopAtFirst === true && this.#found.length > 0);
  }

  async start(): Promise<void> {
    await this.#run([CALM]);
    const [calm] = this.#known;
    if (calm === undefined) return;
    await this.#run(crashesOf(calm.schedule, calm.result));
    await this.#run(deviationsOf(calm.schedule, calm.result));
    await this.#run(rivalriesOf(calm.schedule, calm.result));
    this.#roots = [calm, ...this.#known.filter(({ schedule }) => isRivalry(schedule))];
    for (let idle = 0; idle < IDLE_BATCHES && !this.#isOver; ) {
      const batch = Array.from({ length: BATCH }, () => this.#sample());
      idle = (await this.#run(batch)) === 0 ? idle + 1 : 0;
    }
  }

  #sample(): Schedule {
    // Half of the walks begin anew: what takes few deviations is not buried under what has many.
    const { schedule, result } = this.#draw.pick(this.#draw.chance(0.5) ? this.#roots : this.#known);
    const once = mutate(schedule, result, this.#draw);
    return this.#draw.chance(0.5) ? mutate(once, result, this.#draw) : once;
  }

  /** Runs those that have not been run yet, as far as the budget goes; returns how many those were. */
  async #run(schedules: readonly Schedule[]): Promise<number> {
    const fresh = schedules.filter((schedule) => this.#isUntried(schedule));
    for (let start = 0; start < fresh.length && !this.#isOver; start += BATCH) {
      const wanted = fresh.slice(start, start + BATCH);
      const batch = wanted.slice(0, this.#options.maxSchedules - this.#schedules);
      if (batch.length < wanted.length) this.#isCut = true;
      this.#take(batch, await this.#options.run(batch));
      this.#options.onProgress?.(this.report);
    }
    return fresh.length;
  }

  #isUntried(schedule: Schedule): boolean {
    const key = JSON.stringify(schedule);
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    return true;
  }

  #take(batch: readonly Schedule[], results: readonly RunResult[]): void {
    this.#schedules += batch.length;
    for (const [index, schedule] of batch.entries()) {
      const result = results[index];
      if (result === undefined) continue;
      this.#crashPoints += schedule.plan.crashes.length;
      this.#deviations = Math.max(this.#deviations, deviationsIn(schedule));
      if (result.verdict.status === 'fail') this.#found.push({ schedule, result });
      const orderHash = result.exploration?.orderHash ?? result.traceHash;
      if (this.#classes.has(orderHash)) continue;
      this.#classes.add(orderHash);
      this.#known.push({ schedule, result });
    }
  }
}

function isRivalry({ plan, overrides }: Schedule): boolean {
  const sites = Object.keys(overrides);
  return plan.crashes.length === 0 && sites.length > 0 && sites.every((site) => site.startsWith('random:'));
}
