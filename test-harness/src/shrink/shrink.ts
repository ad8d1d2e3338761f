import type { RunResult } from '../runner/run.ts';
import type { Violation } from '../suite/verdict.ts';
import { reduceList } from './reduce-list.ts';
import { reducePlan } from './reduce-plan.ts';

/** What determines a run besides code, test and seed. */
export interface ShrunkRun {
  readonly plan: unknown;
  readonly overrides: Readonly<Record<string, number>>;
}

/** How a failure is made smaller. */
export interface ShrinkOptions {
  readonly start: ShrunkRun;
  /** The failure that must stay: same kind, same property. */
  readonly violation: Pick<Violation, 'kind' | 'property'>;
  /** Runs the test, with `recordChoices`; `undefined` when the run could not be made (a plan that makes no sense). */
  readonly run: (candidate: ShrunkRun) => Promise<RunResult | undefined>;
  /** Runs at the most. */
  readonly maxRuns: number;
  readonly onProgress?: (progress: ShrinkProgress) => void;
}

/** How far it got. */
export interface ShrinkProgress {
  readonly runs: number;
  /** What is being tried. */
  readonly step: string;
  readonly before: RunSize;
  readonly now: RunSize;
}

/** The size of a run. */
export interface RunSize {
  readonly events: number;
  /** Faults that happened: losses, crashes, cuts, … */
  readonly faults: number;
  /** Virtual time in ms. */
  readonly simulatedMs: number;
}

/** A smaller run with the same failure. */
export interface Shrunk {
  readonly run: ShrunkRun;
  readonly result: RunResult;
  readonly before: RunSize;
  readonly after: RunSize;
  readonly runs: number;
}

/**
 * Makes a failing run smaller while the same property breaks: the network and the disks calm down, family by family and
 * then choice by choice, and the plan loses steps and shortens. Deterministic: the same failure shrinks to the same run.
 * `undefined` when the start does not fail as it should.
 */
export async function shrink(options: ShrinkOptions): Promise<Shrunk | undefined> {
  const shrinking = new Shrinking(options);
  return shrinking.start();
}

/** A family of choices that has a calm value: 0, "not lost", "prompt". Randomness of nodes and ties have none. */
const CALMABLE = /^(message|disk):/;

class Shrinking {
  readonly #options: ShrinkOptions;
  #run: ShrunkRun;
  #result: RunResult | undefined;
  #before: RunSize = { events: 0, faults: 0, simulatedMs: 0 };
  #runs = 0;
  #step = '';

  constructor(options: ShrinkOptions) {
    this.#options = options;
    this.#run = options.start;
  }

  async start(): Promise<Shrunk | undefined> {
    const first = await this.#options.run(this.#run);
    if (first === undefined || !this.#isSame(first)) return undefined;
    this.#result = first;
    this.#before = sizeOf(first);
    // A calmer network can make steps of the plan superfluous, and a shorter plan more of the network's faults.
    for (;;) {
      const size = JSON.stringify(this.#run).length;
      await this.#calmFamilies();
      await this.#shortenPlan();
      await this.#calmChoices();
      if (JSON.stringify(this.#run).length >= size || this.#isSpent) break;
    }
    return {
      run: this.#run,
      result: this.#result,
      before: this.#before,
      after: sizeOf(this.#result),
      runs: this.#runs,
    };
  }

  get #isSpent(): boolean {
    return this.#runs >= this.#options.maxRuns;
  }

  async #calmFamilies(): Promise<void> {
    for (const family of [...new Set(this.#restless().map(familyOf))].sort()) {
      if (this.#run.overrides[family] === 0) continue;
      this.#step = `calming ${family}`;
      await this.#try({ ...this.#run, overrides: { ...this.#run.overrides, [family]: 0 } });
    }
  }

  /** For families that can't be calm as a whole: calm but for as few choices as possible. */
  async #calmChoices(): Promise<void> {
    for (const family of [...new Set(this.#restless().map(familyOf))].sort()) {
      const exceptions = this.#restless().filter((site) => familyOf(site) === family);
      const values = new Map((this.#result?.choices ?? []).map(({ site, value }) => [site, value]));
      this.#step = `calming single choices of ${family}`;
      const withOnly = (sites: readonly string[]): ShrunkRun => {
        const others = Object.entries(this.#run.overrides).filter(([site]) => familyOf(site) !== family);
        const kept = sites.map((site) => [site, values.get(site) ?? 0] as const);
        return { ...this.#run, overrides: Object.fromEntries([...others, [family, 0], ...kept]) };
      };
      if (!(await this.#try(withOnly(exceptions)))) continue;
      await reduceList(exceptions, (sites) => this.#try(withOnly(sites)));
    }
  }

  async #shortenPlan(): Promise<void> {
    this.#step = 'shortening the plan';
    await reducePlan(this.#run.plan, (plan) => this.#try({ ...this.#run, plan }));
  }

  /** Sites of the present run whose choice is not the calm one. */
  #restless(): string[] {
    const choices = this.#result?.choices ?? [];
    return choices.filter(({ site, value }) => value !== 0 && CALMABLE.test(site)).map(({ site }) => site);
  }

  /** Takes the candidate if it fails in the same way. */
  async #try(candidate: ShrunkRun): Promise<boolean> {
    if (this.#isSpent) return false;
    this.#runs++;
    const result = await this.#options.run(candidate);
    const isSame = result !== undefined && this.#isSame(result);
    if (isSame) {
      this.#run = candidate;
      this.#result = result;
    }
    if (this.#result !== undefined) {
      const now = sizeOf(this.#result);
      this.#options.onProgress?.({ runs: this.#runs, step: this.#step, before: this.#before, now });
    }
    return isSame;
  }

  #isSame({ verdict }: RunResult): boolean {
    const { kind, property } = this.#options.violation;
    return verdict.status === 'fail' && verdict.kind === kind && verdict.property === property;
  }
}

/** The family of a site or of a family: `message:*:*:2` for `message:65:3:2`. */
function familyOf(site: string): string {
  const parts = site.split(':');
  return `${parts[0] ?? ''}:*:*:${parts[3] ?? ''}`;
}

/** The size of a run, for people. */
export function sizeOf({ counters, faults, simulatedMs }: RunResult): RunSize {
  return {
    events: counters.events,
    faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
    simulatedMs,
  };
}
