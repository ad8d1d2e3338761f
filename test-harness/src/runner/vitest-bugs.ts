import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyBug, parseBug } from '../load/patch.ts';
import type { Bug } from '../load/patch.ts';
import { buildReference, readReference } from './build.ts';
import type { ReferenceSources } from './build.ts';
import { ChildKeeper } from './child-keeper.ts';
import { runJob } from './drive.ts';
import type { Bundle, LabInfo, Row } from './engine.ts';
import { discoverLabs } from './labs.ts';
import { builtOrThrow, labById, layerBundles } from './reference-bundles.ts';
import type { Vitest } from './vitest.ts';

/** What {@link catalogueTests} needs of vitest. */
export interface CatalogueVitest extends Vitest {
  readonly afterAll: (body: () => Promise<void>) => unknown;
}

/** With these, one after the other, until the bug is caught; most are with the first. */
const SEEDS = ['1', '2', '3'];
/** Wall time of one bug, on a machine that is busy with other things; not what decides anything. */
const BUG_TIMEOUT_MS = 120_000;

/**
 * Makes vitest tests of a lab's catalogue of bugs (labs/LAB/bugs): that its files are in order, and, bug by bug, that
 * the bug still fits the reference, and that the test which its file names in `caughtBy` catches it for one of the
 * properties that it states. `lockstep bugs` tries all tests on all bugs; that takes its time.
 *
 * @example await catalogueTests('raft', { describe, test, afterAll });
 */
export async function catalogueTests(labId: string, vitest: CatalogueVitest): Promise<void> {
  const labs = await discoverLabs();
  const lab = labById(labs, labId);
  testsOfBugs(labs, lab, join(lab.folder, 'bugs'), vitest);
}

/** See {@link catalogueTests}; `folder` has the bugs. */
export function testsOfBugs(
  labs: readonly LabInfo[],
  lab: LabInfo,
  folder: string,
  vitest: CatalogueVitest,
): void {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  const bugs = names.map((name) => parseBug(readFileSync(join(folder, name), 'utf8'), name));
  const trials = new Trials(labs, lab);
  vitest.describe('the catalogue of bugs', () => {
    vitest.afterAll(async () => trials.close());
    filesInOrder(vitest, folder, names, bugs);
    for (const bug of bugs) {
      const title = `${bug.id} is caught by ${bug.caughtBy ?? 'some test'}`;
      vitest.test(title, async () => trials.expectCaught(bug), BUG_TIMEOUT_MS);
    }
  });
}

function filesInOrder(
  { test }: Vitest,
  folder: string,
  names: readonly string[],
  bugs: readonly Bug[],
): void {
  test('names each bug after its file', async () => {
    const wrong = bugs.find(({ id }, i) => `${id}.json` !== names[i]);
    if (wrong !== undefined) throw new Error(`the bug "${wrong.id}" is in a file of another name`);
  });
  test('has no two bugs that are the same change', async () => {
    const known = new Map<string, string>();
    for (const { id, layer, changes } of bugs) {
      const change = JSON.stringify({ layer, changes });
      const other = known.get(change);
      if (other !== undefined) throw new Error(`"${other}" and "${id}" are the same change`);
      known.set(change, id);
    }
  });
  test('has a row for every bug in its README, and for no other', async () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const rows = new Set([...readme.matchAll(/^\| `([a-z0-9-]+)` +\|/gm)].map(([, id]) => id));
    const missing = bugs.filter(({ id }) => !rows.delete(id)).map(({ id }) => id);
    if (missing.length > 0) throw new Error(`without a row: ${missing.join(', ')}`);
    if (rows.size > 0) throw new Error(`rows without a bug: ${[...rows].join(', ')}`);
  });
}

/** Tries bugs one after the other, in a child that is kept. */
class Trials {
  readonly #labs: readonly LabInfo[];
  readonly #lab: LabInfo;
  readonly #keeper = new ChildKeeper();
  /** The sources that bugs change, by lab: read once. */
  readonly #sources = new Map<string, ReferenceSources>();
  /** The references below; built once. */
  #layers: Promise<Record<string, Bundle>> | undefined;

  constructor(labs: readonly LabInfo[], lab: LabInfo) {
    this.#labs = labs;
    this.#lab = lab;
  }

  /** @throws when the bug's test does not catch it, or fails for a reason that the bug does not state. */
  async expectCaught(bug: Bug): Promise<void> {
    if (bug.caughtBy === undefined) throw new Error(`its file says nothing under "caughtBy"`);
    const { implementation, layers } = await this.#bundlesWith(bug);
    for (const seed of SEEDS) {
      const job = { lab: this.#lab, implementation, layers, runs: [{ test: bug.caughtBy, seed }] };
      const { rows, internalError } = await runJob(job, () => undefined, { keeper: this.#keeper });
      if (internalError !== undefined) throw new Error(internalError);
      if (rows.some((row) => isCaught(bug, row))) return;
    }
    throw new Error(`${bug.caughtBy} passes with the seeds ${SEEDS.join(', ')}`);
  }

  async close(): Promise<void> {
    await this.#keeper.close();
  }

  async #bundlesWith(bug: Bug): Promise<{ implementation: Bundle; layers: Record<string, Bundle> }> {
    const layers = await (this.#layers ??= layerBundles(this.#labs, this.#lab));
    if (bug.layer === undefined) return { implementation: await this.#buggy(this.#lab, bug), layers };
    const below = await this.#buggy(labById(this.#labs, bug.layer), bug);
    const implementation = builtOrThrow(await buildReference(this.#lab));
    return { implementation, layers: { ...layers, [bug.layer]: below } };
  }

  async #buggy(lab: LabInfo, bug: Bug): Promise<Bundle> {
    const sources = this.#sources.get(lab.id) ?? readReference(lab);
    this.#sources.set(lab.id, sources);
    return builtOrThrow(await sources.bundleWith(`reference + ${bug.id}`, applyBug(bug, sources.files)));
  }
}

function isCaught(bug: Bug, { verdict }: Row): boolean {
  if (verdict.status === 'pass') return false;
  if (bug.breaks.includes(verdict.property)) return true;
  throw new Error(`it breaks what it does not state, ${verdict.property}: ${verdict.message}`);
}
