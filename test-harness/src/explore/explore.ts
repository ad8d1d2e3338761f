import type { RunResult } from '../runner/run.ts';
import { familyName, SITE } from '../world/chooser.ts';
import { PURPOSES } from '../world/network.ts';
import { CALM } from './schedule.ts';
import type { Schedule } from './schedule.ts';

/** Schedules that are handed over to be run at the same time. */
const BATCH = 64;

/** How a scenario is explored. */
export interface ExploreOptions {
  /** Runs at the most. */
  readonly maxSchedules: number;
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
  /** The most deviations from prompt delivery in one schedule. */
  readonly deviations: number;
  readonly found: readonly Found[];
  /** Whether the budget ended the exploration; otherwise everything within reach was run. */
  readonly isCut: boolean;
}

/** A run whose neighbours are yet to be explored. */
interface Frontier {
  readonly schedule: Schedule;
  readonly result: RunResult;
  /** Position behind the last choice that deviates: children deviate only further on, so none is made twice. */
  readonly after: number;
}

/**
 * Explores a tiny scenario: every crash point of the calm run first; then, breadth first, delivery orders with one
 * deviation, each again with every crash point, then with two, and so on until the budget is spent (delay-bounded
 * scheduling: Emmi, Qadeer, Rakamarić 2011). A run that a known one equals but for the order of unrelated events is not
 * explored further. Code in flight can't be forked, so each schedule is a cold replay.
 */
export async function explore(options: ExploreOptions): Promise<ExploreReport> {
  const exploration = new Exploration(options);
  await exploration.start();
  return exploration.report;
}

class Exploration {
  readonly #options: ExploreOptions;
  readonly #classes = new Set<string>();
  readonly #found: Found[] = [];
  #schedules = 0;
  #crashPoints = 0;
  #deviations = 0;
  #isCut = false;

  constructor(options: ExploreOptions) {
    this.#options = options;
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
    let frontier = await this.#run([{ schedule: CALM, after: 0 }]);
    while (frontier.length > 0 && !this.#isOver) {
      await this.#run(frontier.flatMap(({ schedule, result }) => this.#crashesOf(schedule, result)));
      if (this.#isOver) return;
      this.#deviations++;
      frontier = await this.#run(frontier.flatMap(deviationsOf));
    }
  }

  /** Every crash point of a run. A crash in the calm part of the world needs no further deviation to be reached. */
  #crashesOf(schedule: Schedule, result: RunResult): Candidate[] {
    const candidates: Candidate[] = [];
    for (const [node, effects] of Object.entries(result.exploration?.effects ?? {})) {
      for (let afterEffects = 1; afterEffects <= effects; afterEffects++) {
        const plan = { crashes: [{ node, afterEffects }] };
        candidates.push({ schedule: { plan, overrides: schedule.overrides }, after: 0 });
      }
    }
    return candidates;
  }

  /** Runs candidates as far as the budget goes, and gives those that are new, to be explored further. */
  async #run(candidates: readonly Candidate[]): Promise<Frontier[]> {
    const fresh: Frontier[] = [];
    for (let start = 0; start < candidates.length && !this.#isOver; start += BATCH) {
      const room = this.#options.maxSchedules - this.#schedules;
      const batch = candidates.slice(start, start + Math.min(BATCH, room));
      if (batch.length < Math.min(BATCH, candidates.length - start)) this.#isCut = true;
      const results = await this.#options.run(batch.map(({ schedule }) => schedule));
      this.#schedules += batch.length;
      this.#crashPoints += batch.filter(({ schedule }) => schedule.plan.crashes.length > 0).length;
      for (const [index, candidate] of batch.entries()) {
        const result = results[index];
        if (result !== undefined && this.#isNew(candidate.schedule, result))
          fresh.push({ ...candidate, result });
      }
      this.#options.onProgress?.(this.report);
    }
    return fresh;
  }

  #isNew(schedule: Schedule, result: RunResult): boolean {
    if (result.verdict.status === 'fail') this.#found.push({ schedule, result });
    const orderHash = result.exploration?.orderHash ?? result.traceHash;
    if (this.#classes.has(orderHash)) return false;
    this.#classes.add(orderHash);
    return true;
  }
}

interface Candidate {
  readonly schedule: Schedule;
  readonly after: number;
}

const DEVIATION_FAMILY = familyName(SITE.message, PURPOSES.deviation).split(':*:*:');

/** The schedules with one deviation more than this run's, each further on than its last. */
function deviationsOf({ schedule, result, after }: Frontier): Candidate[] {
  const [kind = '', purpose = ''] = DEVIATION_FAMILY;
  const candidates: Candidate[] = [];
  for (const [position, { site, domain, value }] of (result.choices ?? []).entries()) {
    if (position < after || value !== 0 || !site.startsWith(`${kind}:`) || !site.endsWith(`:${purpose}`))
      continue;
    for (let deviation = 1; deviation < domain; deviation++) {
      const overrides = { ...schedule.overrides, [site]: deviation };
      candidates.push({ schedule: { plan: schedule.plan, overrides }, after: position + 1 });
    }
  }
  return candidates;
}
