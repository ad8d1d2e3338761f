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
  /**
   * Runs the test once for each candidate, with `recordChoices`; results in the same order, `undefined` for a run that
   * could not be made (a plan that makes no sense).
   */
  readonly run: (candidates: readonly ShrunkRun[]) => Promise<readonly (RunResult | undefined)[]>;
  /** Candidates that are tried together, most of them in vain. Default 8. */
  readonly batch?: number;
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
 * then choice by choice, and the plan loses steps and shortens. Deterministic: the same failure shrinks to the same
 * run.
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
    const [first] = await this.#options.run([this.#run]);
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
      await this.#findFirst([{ ...this.#run, overrides: { ...this.#run.overrides, [family]: 0 } }]);
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
      if ((await this.#findFirst([withOnly(exceptions)])) < 0) continue;
      await reduceList(exceptions, (candidates) => this.#findFirst(candidates.map(withOnly)));
    }
  }

  async #shortenPlan(): Promise<void> {
    this.#step = 'shortening the plan';
    await reducePlan(this.#run.plan, (plans) =>
      this.#findFirst(plans.map((plan) => ({ ...this.#run, plan }))),
    );
  }

  /** Sites of the present run whose choice is not the calm one. */
  #restless(): string[] {
    const choices = this.#result?.choices ?? [];
    return choices.filter(({ site, value }) => value !== 0 && CALMABLE.test(site)).map(({ site }) => site);
  }

  /** Takes the first candidate that fails in the same way, and gives its position, or -1. */
  async #findFirst(candidates: readonly ShrunkRun[]): Promise<number> {
    const size = this.#options.batch ?? 8;
    for (let start = 0; start < candidates.length && !this.#isSpent; start += size) {
      const batch = candidates.slice(start, start + Math.min(size, this.#options.maxRuns - this.#runs));
      const results = await this.#options.run(batch);
      this.#runs += batch.length;
      const found = results.findIndex((result) => result !== undefined && this.#isSame(result));
      const [run, result] = [batch[found], results[found]];
      if (run !== undefined && result !== undefined) {
        this.#run = run;
        this.#result = result;
      }
      this.#tell();
      if (found >= 0) return start + found;
    }
    return -1;
  }

  #tell(): void {
    if (this.#result === undefined) return;
    const now = sizeOf(this.#result);
    this.#options.onProgress?.({ runs: this.#runs, step: this.#step, before: this.#before, now });
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
