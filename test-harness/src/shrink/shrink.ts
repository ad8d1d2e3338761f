import type { RunResult } from '../runner/run.ts';
import type { Violation } from '../suite/verdict.ts';
import { cutFamily } from '../world/cuts.ts';
import type { Cut } from '../world/cuts.ts';
import { reduceList } from './reduce-list.ts';
import { reducePlan } from './reduce-plan.ts';
import { sizeOf, weightOf } from './size.ts';
import type { RunSize } from './size.ts';

/** What determines a run besides code and test. */
export interface ShrunkRun {
  readonly seed: string;
  /** `null`: the one that the test draws. */
  readonly plan: unknown;
  readonly overrides: Readonly<Record<string, number>>;
}

/** A run to try. */
export interface Candidate extends ShrunkRun {
  /** It may end, as failed in another way, when it comes to more events: then it is not wanted. */
  readonly maxEvents: number;
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
  readonly run: (candidates: readonly Candidate[]) => Promise<readonly (RunResult | undefined)[]>;
  /** Candidates that are tried together, most of them in vain. Which run comes out depends on it. Default 16. */
  readonly batch?: number;
  /** Runs at the most. */
  readonly maxRuns: number;
  /** Asked before each batch of runs; once it is true, what comes out is the best so far. */
  readonly isStopped?: () => boolean;
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

/** A smaller run with the same failure. */
export interface Shrunk {
  readonly run: ShrunkRun;
  readonly result: RunResult;
  readonly before: RunSize;
  readonly after: RunSize;
  readonly runs: number;
}

/**
 * Makes a failing run smaller while the same property breaks. In turns: other seeds, of which one may break it sooner;
 * calm, for the network and the disks, family by family and then choice by choice; cuts in the script, of nodes,
 * faults, calls and pauses; and a smaller plan. What is not smaller than the best so far is not run to its end.
 * Deterministic: the same failure shrinks to the same run. `undefined` when the start does not fail as it should.
 */
export async function shrink(options: ShrinkOptions): Promise<Shrunk | undefined> {
  const shrinking = new Shrinking(options);
  return shrinking.start();
}

/** A family of choices that has a calm value: 0, "not lost", "prompt". Randomness of nodes and ties have none. */
const CALMABLE = /^(message|disk):/;
/** Seeds that are tried in each turn, of each variant: so many that the runs have so many events together. */
const SEEDS = { atLeast: 4, atMost: 128, events: 300_000 };
/** Turns at the most; each one but the last has made the run smaller. */
const MAX_TURNS = 6;
/** Hundredths by which all pauses together are shortened: the first that will do. */
const SHORTER = [90, 75, 50, 25];

class Shrinking {
  readonly #options: ShrinkOptions;
  #run: ShrunkRun;
  #result: RunResult | undefined;
  #before: RunSize = { events: 0, faults: 0, simulatedMs: 0 };
  #runs = 0;
  #seeds = 0;
  #step = '';
  /** Only what judges see counts in a run with cuts; whether this failure is one of those. */
  #mayCut = false;

  constructor(options: ShrinkOptions) {
    this.#options = options;
    this.#run = options.start;
  }

  async start(): Promise<Shrunk | undefined> {
    const [first] = await this.#options.run([{ ...this.#run, maxEvents: Infinity }]);
    if (first === undefined || !this.#isSame(first)) return undefined;
    this.#result = first;
    this.#before = sizeOf(first);
    this.#step = 'cutting the script';
    this.#mayCut = (await this.#findFirst([this.#with({ [cutFamily('fault')]: 0 })])) >= 0;
    for (let turn = 0; turn < MAX_TURNS && !this.#isSpent; turn++) {
      const before = this.#weight;
      const length = JSON.stringify(this.#run).length;
      await this.#reseed();
      await this.#calmFamilies();
      await this.#cutScript();
      await this.#shortenPlan();
      await this.#calmChoices();
      if (this.#weight >= before && JSON.stringify(this.#run).length >= length) break;
    }
    const after = sizeOf(this.#result);
    return { run: this.#run, result: this.#result, before: this.#before, after, runs: this.#runs };
  }

  get #isSpent(): boolean {
    return this.#runs >= this.#options.maxRuns || this.#options.isStopped?.() === true;
  }

  get #weight(): number {
    return this.#result === undefined ? Infinity : weightOf(this.#result);
  }

  /** Other choices throughout, the nodes' own among them; at first also other plans, where the test draws them. */
  async #reseed(): Promise<void> {
    this.#step = 'other seeds';
    const variants = this.#variants();
    const fitting = Math.floor(SEEDS.events / (this.#weight * variants.length));
    const seeds = Math.max(SEEDS.atLeast, Math.min(SEEDS.atMost, fitting));
    for (let tried = 0; tried < seeds; tried++) {
      const seed = `shrink-${++this.#seeds}`;
      await this.#findBest(variants.map((variant) => ({ ...variant, seed })));
    }
  }

  /** The present run and coarse cuts of it, which may take other seeds to fail: nodes fewer, the script still. */
  #variants(): ShrunkRun[] {
    const now = this.#run;
    const isFirst = now.seed === this.#options.start.seed && now.plan !== null;
    const variants = isFirst ? [now, { ...now, plan: null }] : [now];
    if (!this.#mayCut) return variants;
    const nodes = this.#sites('node');
    const fewer = nodes.slice(1).map((_, i) => nodes.slice(i + 1));
    const without = fewer.map((sites) => this.#with(Object.fromEntries(sites.map((site) => [site, 1]))));
    const calm = this.#withFamily(cutFamily('fault'), 1, new Map());
    const still = { ...calm, overrides: { ...calm.overrides, [cutFamily('call')]: 1 } };
    return [...variants, ...without, calm, still];
  }

  async #calmFamilies(): Promise<void> {
    for (const family of [...new Set(this.#restless().map(familyOf))].sort()) {
      if (this.#run.overrides[family] === 0) continue;
      this.#step = `calming ${family}`;
      await this.#findFirst([this.#with({ [family]: 0 })]);
    }
  }

  /** For families that can't be calm as a whole: calm but for as few choices as possible. */
  async #calmChoices(): Promise<void> {
    for (const family of [...new Set(this.#restless().map(familyOf))].sort()) {
      const exceptions = this.#restless().filter((site) => familyOf(site) === family);
      const values = new Map((this.#result?.choices ?? []).map(({ site, value }) => [site, value]));
      this.#step = `calming single choices of ${family}`;
      const withOnly = (sites: readonly string[]): ShrunkRun =>
        this.#withFamily(family, 0, new Map(sites.map((site) => [site, values.get(site) ?? 0])));
      if ((await this.#findFirst([withOnly(exceptions)])) < 0) continue;
      await reduceList(exceptions, (candidates) => this.#findFirst(candidates.map(withOnly)));
    }
  }

  async #cutScript(): Promise<void> {
    if (!this.#mayCut) return;
    this.#step = 'shortening pauses';
    for (const percent of SHORTER) {
      const isShort = (this.#run.overrides[cutFamily('sleep')] ?? 0) >= percent;
      if (!isShort && (await this.#findFirst([this.#with({ [cutFamily('sleep')]: percent })])) >= 0) break;
    }
    this.#step = 'leaving out nodes';
    for (const site of this.#sites('node')) await this.#findFirst([this.#with({ [site]: 1 })]);
    for (const cut of ['fault', 'call'] as const) {
      this.#step = `leaving out ${cut}s`;
      const withOnly = (sites: readonly string[]): ShrunkRun =>
        this.#withFamily(cutFamily(cut), 1, new Map(sites.map((site) => [site, 0])));
      const kept = this.#sites(cut);
      if ((await this.#findFirst([withOnly(kept)])) < 0) continue;
      await reduceList(kept, (candidates) => this.#findFirst(candidates.map(withOnly)));
    }
    this.#step = 'shortening single pauses';
    const isPause = this.#sites('sleep', () => true);
    for (const site of isPause) await this.#findFirst([this.#with({ [site]: 99 })]);
  }

  async #shortenPlan(): Promise<void> {
    const plan = this.#run.plan ?? this.#result?.plan;
    this.#step = 'shortening the plan';
    await reducePlan(plan, (plans) => this.#findFirst(plans.map((one) => ({ ...this.#run, plan: one }))));
  }

  #with(overrides: Readonly<Record<string, number>>): ShrunkRun {
    return { ...this.#run, overrides: { ...this.#run.overrides, ...overrides } };
  }

  /** The whole family with one value, but for these sites. */
  #withFamily(family: string, value: number, exceptions: ReadonlyMap<string, number>): ShrunkRun {
    const others = Object.entries(this.#run.overrides).filter(([site]) => familyOf(site) !== family);
    return { ...this.#run, overrides: Object.fromEntries([...others, [family, value], ...exceptions]) };
  }

  /** Sites of the present run whose choice is not the calm one. */
  #restless(): string[] {
    const choices = this.#result?.choices ?? [];
    return choices.filter(({ site, value }) => value !== 0 && CALMABLE.test(site)).map(({ site }) => site);
  }

  /** Sites of the present run at which something might be cut, and is not. */
  #sites(cut: Cut, isWanted = (value: number): boolean => value === 0): string[] {
    const choices = this.#result?.choices ?? [];
    const own = choices.filter(({ site, value }) => familyOf(site) === cutFamily(cut) && isWanted(value));
    return [...new Set(own.map(({ site }) => site))];
  }

  /** Takes the first candidate that fails in the same way and is no larger, and gives its position, or -1. */
  async #findFirst(candidates: readonly ShrunkRun[]): Promise<number> {
    const size = this.#options.batch ?? 16;
    for (let start = 0; start < candidates.length && !this.#isSpent; start += size) {
      const batch = candidates.slice(start, start + size);
      const results = await this.#try(batch);
      const found = results.findIndex((result) => result !== undefined && weightOf(result) <= this.#weight);
      this.#take(batch[found], results[found]);
      if (found >= 0) return start + found;
    }
    return -1;
  }

  /** Takes the smallest of the candidates that fail in the same way, if it is smaller than what there is. */
  async #findBest(candidates: readonly ShrunkRun[]): Promise<void> {
    if (this.#isSpent) return;
    const results = await this.#try(candidates);
    const weights = results.map((result) => (result === undefined ? Infinity : weightOf(result)));
    const least = Math.min(...weights);
    const found = weights.indexOf(least);
    if (least < this.#weight) this.#take(candidates[found], results[found]);
  }

  /** The results of those that fail in the same way. */
  async #try(batch: readonly ShrunkRun[]): Promise<(RunResult | undefined)[]> {
    const runs = batch.slice(0, this.#options.maxRuns - this.#runs);
    const maxEvents = Math.min(this.#weight, Number.MAX_SAFE_INTEGER);
    const results = await this.#options.run(runs.map((one) => ({ ...one, maxEvents })));
    this.#runs += runs.length;
    this.#tell();
    return results.map((result) => (result !== undefined && this.#isSame(result) ? result : undefined));
  }

  #take(run: ShrunkRun | undefined, result: RunResult | undefined): void {
    if (run === undefined || result === undefined) return;
    this.#run = run;
    this.#result = result;
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
