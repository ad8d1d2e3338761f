import type { LabInfo, Limits } from '@lockstep/test-harness/runner';
import { resolve } from 'node:path';
import type { Credit } from '../credit.ts';
import type { LatePolicy } from '../late.ts';
import { readOverrides, type Override } from './overrides.ts';
import { planLab, type LabPlan } from './plan.ts';
import { latePolicy, readSecret, suiteFiles, type ReadConfig } from './read.ts';
import { readRoster, type Roster } from './roster.ts';
import { GRADING_VERSION, type GradingConfig } from './schema.ts';

/** All that decides how a class is graded. */
export interface Grading {
  readonly plans: readonly LabPlan[];
  readonly credit: Credit;
  /** Seeds of a test, unless its lab says otherwise. */
  readonly seeds: number;
  /** Seeds are derived from a secret, so nobody can know them. */
  readonly hasSecret: boolean;
  readonly showsHiddenFailures: boolean;
  readonly limits: Partial<Limits>;
  readonly roster: Roster;
  readonly overrides: readonly Override[];
  readonly late?: LatePolicy;
}

/** What {@link makeGrading} works with. */
export interface GradingInput {
  /** The labs to grade. */
  readonly labs: readonly LabInfo[];
  readonly read: ReadConfig;
  /** Seeds of each test, unless the configuration says otherwise for it. */
  readonly seeds: number;
  /** Private suites beside those of the configuration, by lab, absolute. */
  readonly suites?: Readonly<Record<string, readonly string[]>>;
  /** What lies below a lab of which the configuration does not say it. Default: the references. */
  readonly below?: 'reference' | 'own';
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The lab with further suite files beside its own. */
  readonly withSuites: (lab: LabInfo, suites: readonly string[]) => Promise<LabInfo>;
}

/** The configuration of a grading without any. */
export const NO_CONFIG: ReadConfig = { config: { version: GRADING_VERSION }, folder: '.' };

const DEFAULT_SECONDS = 3600;

/** Reads all that a configuration names, and plans each lab. Throws `BadGrading`. */
export async function makeGrading(input: GradingInput): Promise<Grading> {
  const { labs, read, seeds, suites = {}, below = 'reference', env = {}, withSuites } = input;
  const { config, folder } = read;
  const secret = readSecret(config.secret, folder, env);
  const plans: LabPlan[] = [];
  for (const lab of labs) {
    const own = config.labs?.[lab.id] ?? {};
    const files = [...suiteFiles(own.suites ?? [], folder), ...(suites[lab.id] ?? [])];
    const whole = files.length === 0 ? lab : await withSuites(lab, files);
    const hidden = secret === undefined ? {} : { secret };
    plans.push(planLab({ lab, whole, suites: files, config: { layers: below, ...own }, seeds, ...hidden }));
  }
  const late = latePolicy(config.late);
  const credit = config.credit ?? 'all-seeds';
  return {
    plans,
    credit,
    seeds,
    hasSecret: secret !== undefined,
    showsHiddenFailures: config.hiddenFailures === 'shown',
    limits: limitsOf(config.limits, credit),
    roster:
      config.roster === undefined
        ? []
        : readRoster(resolve(folder, config.roster.file), config.roster.columns),
    overrides: config.overrides === undefined ? [] : readOverrides(resolve(folder, config.overrides)),
    ...(late === undefined ? {} : { late }),
  };
}

/** Where all seeds have to pass, one loss decides a test; and whoever loses run after run passes none. */
function limitsOf(limits: GradingConfig['limits'] = {}, credit: Credit): Partial<Limits> {
  const isAllOrNothing = credit === 'all-seeds' && limits.lostRuns === undefined;
  return {
    ...(isAllOrNothing
      ? { lostRuns: 1, lostTests: 3 }
      : { lostRuns: limits.lostRuns ?? 3, lostTests: Infinity }),
    ...(limits.lostSeconds === undefined ? {} : { lostMs: limits.lostSeconds * 1000 }),
    wallMs: (limits.seconds ?? DEFAULT_SECONDS) * 1000,
  };
}
