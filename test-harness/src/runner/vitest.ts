import { visibleLines } from '../trace/visible-text.ts';
import { buildFolder, buildReference } from './build.ts';
import { runJob } from './drive.ts';
import type { Bundle, JobOutcome, LabInfo, Row, TestInfo } from './engine.ts';
import { discoverLabs } from './labs.ts';
import { builtOrThrow, labById, layerBundles } from './reference-bundles.ts';

/** What the adapter needs of vitest; a test file passes its `describe` and `test`. */
export interface Vitest {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly test: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;
}

/** See {@link suiteTests}. */
export interface SuiteTestsOptions {
  /** A submission's folder, instead of the reference. */
  readonly impl?: string;
}

const DEFAULT_SEEDS = 2;
const FULL_SEEDS = 200;
/** Wall time of one seed of one test, on a machine that is busy with other things; not what decides a verdict. */
const SEED_TIMEOUT_MS = 60_000;

/**
 * Makes a vitest test of each test of a lab's suite, run in a run child like everywhere else. Seeds come from
 * LOCKSTEP_SEED (this one), LOCKSTEP_SEEDS (so many), or LOCKSTEP_FULL=1 (200); else there are two.
 *
 * @example await suiteTests('raft', { describe, test });
 */
export async function suiteTests(
  labId: string,
  { describe, test }: Vitest,
  { impl }: SuiteTestsOptions = {},
): Promise<void> {
  const labs = await discoverLabs();
  const lab = labById(labs, labId);
  const seeds = seedsFrom(process.env);
  const bundles = await bundlesOf(labs, lab, impl);
  for (const part of lab.parts) {
    describe(`part ${part.id}: ${part.title}`, () => {
      for (const one of part.tests) {
        const name = one.id.slice(`${lab.id}/${part.id}/`.length);
        test(name, async () => runOne(lab, one, seeds, bundles), seeds.length * SEED_TIMEOUT_MS);
      }
    });
  }
}

/** The seeds that the environment asks for. */
export function seedsFrom(env: Readonly<Record<string, string | undefined>>): string[] {
  const { LOCKSTEP_SEED: seed, LOCKSTEP_SEEDS: count, LOCKSTEP_FULL: full } = env;
  if (seed !== undefined && seed !== '') return [seed];
  const wanted =
    count === undefined || count === '' ? (full === '1' ? FULL_SEEDS : DEFAULT_SEEDS) : Number(count);
  if (!Number.isSafeInteger(wanted) || wanted < 1)
    throw new Error(`LOCKSTEP_SEEDS must be a number from 1, not ${count}`);
  return Array.from({ length: wanted }, (_, index) => String(index + 1));
}

interface Bundles {
  readonly implementation: Bundle;
  readonly layers: Readonly<Record<string, Bundle>>;
}

async function bundlesOf(labs: readonly LabInfo[], lab: LabInfo, impl: string | undefined): Promise<Bundles> {
  const own = await (impl === undefined ? buildReference(lab) : buildFolder(impl, lab));
  return { implementation: builtOrThrow(own), layers: await layerBundles(labs, lab) };
}

async function runOne(
  lab: LabInfo,
  test: TestInfo,
  seeds: readonly string[],
  bundles: Bundles,
): Promise<void> {
  const runs = seeds.map((seed) => ({ test: test.id, seed }));
  const outcome = await runJob({ lab, ...bundles, runs }, () => undefined);
  const complaint = judge(lab, test, outcome);
  if (complaint !== undefined) throw new SuiteFailure(complaint);
}

/** A test of the suite that did not pass. Its message says all; a stack of ours would say nothing. */
class SuiteFailure extends Error {
  override readonly name = 'SuiteFailure';

  constructor(message: string) {
    super(message);
    this.stack = message;
  }
}

/** Why the runs of a test are no pass; `undefined` when they are. */
export function judge(lab: LabInfo, test: TestInfo, { rows, internalError }: JobOutcome): string | undefined {
  if (internalError !== undefined) return visibleLines(internalError);
  const failed = rows.filter(({ verdict }) => verdict.status === 'fail');
  const [first] = failed;
  if (first !== undefined) return describeFailure(lab, first, failed.length, rows.length);
  for (const [name, situation] of Object.entries(test.situations)) {
    const without = rows.find(({ reached }) => !reached.includes(name));
    if (situation === 'always') {
      if (without !== undefined) return `void: seed ${without.seed} never reached "${name}"`;
      continue;
    }
    const count = rows.slice(0, situation.of).filter(({ reached }) => reached.includes(name)).length;
    if (rows.length >= situation.of && count < situation.atLeast) {
      return `void: ${count} of ${situation.of} seeds reached "${name}", which ${situation.atLeast} must`;
    }
  }
  return undefined;
}

function describeFailure(lab: LabInfo, row: Row, failed: number, total: number): string {
  const { verdict } = row;
  if (verdict.status === 'pass') return '';
  const where = verdict.node === undefined ? '' : ` on ${verdict.node}`;
  const lines = [
    `${verdict.property} (${verdict.kind}), at ${verdict.atMs} ms${where}, seed ${row.seed}: ${verdict.message}`,
    ...(verdict.stack === undefined ? [] : [verdict.stack]),
    ...(verdict.explanation === undefined
      ? []
      : [`first seen at ${verdict.explanation.atMs} ms: ${verdict.explanation.message}`]),
    ...(total === 1 ? [] : [`${failed} of ${total} seeds failed`]),
    `replay: npx lockstep test ${lab.id} --test ${row.test} --seed ${row.seed}`,
  ];
  return visibleLines(lines.join('\n'));
}
