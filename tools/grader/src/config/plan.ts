import type { LabInfo, PartInfo, TestInfo } from '@lockstep/test-harness/runner';
import { graderSeed, secretSeed } from '../seeds.ts';
import { fitsPattern, lastFitting } from './pattern.ts';
import type { LabConfig } from './schema.ts';
import { BadGrading } from './tables.ts';

/** What is graded of a lab, and how. */
export interface LabPlan {
  /** The lab with only the tests that are graded, hidden ones among them, at the points that they are worth. */
  readonly lab: LabInfo;
  /** Suite files beside the lab's own, absolute. */
  readonly suites: readonly string[];
  readonly layers: 'reference' | 'own';
  /** Ids of tests that students do not have. */
  readonly hidden: ReadonlySet<string>;
  /** Seeds of a test, at least. */
  seedsOf(test: string): number;
  /** A test's seed of this index. */
  seedAt(test: string, index: number): string;
}

/** What a plan is made from. */
export interface PlanInput {
  /** The lab as everybody has it. */
  readonly lab: LabInfo;
  /** The same with the private suites; the lab itself when there are none. */
  readonly whole: LabInfo;
  readonly suites: readonly string[];
  readonly config: LabConfig;
  /** Seeds of each test, unless the lab's own part says otherwise. */
  readonly seeds: number;
  readonly secret?: string;
}

/** Plans the grading of a lab. Throws {@link BadGrading} when the configuration names what is not there. */
export function planLab({ lab, whole, suites, config, seeds, secret }: PlanInput): LabPlan {
  const all = whole.parts.flatMap(({ tests }) => tests);
  checkNames(whole, all, config);
  const known = new Set(lab.parts.flatMap(({ tests }) => tests.map(({ id }) => id)));
  const patterns = config.tests ?? ['*'];
  const isGraded = ({ id }: TestInfo): boolean => patterns.some((pattern) => fitsPattern(id, pattern));
  const parts = whole.parts
    .map((part) => planPart(part, isGraded, config))
    .filter(({ tests }) => tests.length > 0);
  if (parts.length === 0) throw new BadGrading(`Of ${lab.title} no test is left to grade.`);
  return {
    lab: { ...whole, parts: config.weight === undefined ? parts : scaled(parts, config.weight) },
    suites,
    layers: config.layers ?? 'reference',
    hidden: new Set(all.map(({ id }) => id).filter((id) => !known.has(id))),
    seedsOf: (test) => lastFitting(test, config.seeds) ?? seeds,
    seedAt: (test, index) => (secret === undefined ? graderSeed(index) : secretSeed(secret, test, index)),
  };
}

function planPart(part: PartInfo, isGraded: (test: TestInfo) => boolean, config: LabConfig): PartInfo {
  const tests = part.tests
    .filter(isGraded)
    .map((test) => ({ ...test, points: lastFitting(test.id, config.points) ?? test.points }));
  const worth = config.parts?.[part.id];
  const planned = { ...part, tests };
  return worth === undefined ? planned : (scaled([planned], worth)[0] ?? planned);
}

/** The same parts, worth so many points together. */
function scaled(parts: readonly PartInfo[], worth: number): PartInfo[] {
  const sum = parts.flatMap(({ tests }) => tests).reduce((total, { points }) => total + points, 0);
  if (sum === 0) return [...parts];
  return parts.map((part) => ({
    ...part,
    tests: part.tests.map((test) => ({ ...test, points: (test.points * worth) / sum })),
  }));
}

/** What is misspelt would be without effect, and nobody would notice. */
function checkNames(lab: LabInfo, tests: readonly TestInfo[], config: LabConfig): void {
  const patterns = [
    ...(config.tests ?? []),
    ...Object.keys(config.points ?? {}),
    ...Object.keys(config.seeds ?? {}),
  ];
  for (const pattern of patterns) {
    if (!tests.some(({ id }) => fitsPattern(id, pattern)))
      throw new BadGrading(`${lab.title} has no test "${pattern}"; \`lockstep labs\` lists them.`);
  }
  const letters = lab.parts.map(({ id }) => id);
  const unknown = Object.keys(config.parts ?? {}).find((part) => !letters.includes(part));
  if (unknown !== undefined)
    throw new BadGrading(`${lab.title} has no part "${unknown}"; it has ${letters.join(', ')}.`);
}
