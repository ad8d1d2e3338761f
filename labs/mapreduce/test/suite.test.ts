import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder, buildReference, discoverLabs, runJob } from '@lockstep/test-harness/runner';
import type { LabInfo, Row } from '@lockstep/test-harness/runner';
import { suiteTests } from '@lockstep/test-harness/vitest';
import { beforeAll, describe, expect, it, test } from 'vitest';
import definition from '../lab.ts';

const folder = join(import.meta.dirname, '..');
const tests = definition.parts.flatMap((part) => part.tests);
/** For runs of the whole suite, on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;

let lab: LabInfo;
beforeAll(async () => {
  const found = (await discoverLabs()).find(({ id }) => id === 'mapreduce');
  if (found === undefined) throw new Error('the MapReduce lab is not among the labs');
  lab = found;
}, PATIENCE_MS);

async function run(
  code: { readonly patch: string } | { readonly folder: string },
  ids: readonly string[],
  seeds: readonly string[],
): Promise<readonly Row[]> {
  const built = await ('patch' in code ? buildReference(lab, code.patch) : buildFolder(code.folder, lab));
  if (!built.ok) throw new Error(built.message);
  const runs = ids.flatMap((id) => seeds.map((seed) => ({ test: id, seed })));
  const outcome = await runJob({ lab, implementation: built.bundle, layers: {}, runs }, () => {});
  if (outcome.internalError !== undefined) throw new Error(outcome.internalError);
  return outcome.rows;
}

// The reference passes every test; LOCKSTEP_SEED, LOCKSTEP_SEEDS and LOCKSTEP_FULL choose the seeds.
await suiteTests('mapreduce', { describe, test });

describe('the lab', () => {
  it('gives a hundred points', () => {
    expect(tests.reduce((sum, { points }) => sum + points, 0)).toBe(100);
  });

  it('answers for every MapReduce test of the course, under its old and its new name', () => {
    const course = tests.flatMap((one) => one.course ?? []).toSorted();
    const old = [
      'wc',
      'indexer',
      'map parallelism',
      'reduce parallelism',
      'job count',
      'early exit',
      'crash',
    ];
    const current = [
      'Wc',
      'Indexer',
      'MapParallel',
      'ReduceParallel',
      'JobCount',
      'EarlyExit',
      'CrashWorker',
    ];
    expect(course).toEqual([...old, ...current.map((name) => `Test${name}`)].toSorted());
  });

  it('says of every test what a run must have reached', () => {
    for (const { id, situations } of tests) expect(Object.keys(situations ?? {}), id).not.toHaveLength(0);
  });
});

describe('the starter', () => {
  it(
    'fails every test, for it says itself that it is not written yet',
    { timeout: PATIENCE_MS },
    async () => {
      const rows = await run(
        { folder: join(folder, 'starter') },
        tests.map(({ id }) => id),
        ['1'],
      );
      expect(rows).toHaveLength(tests.length);
      for (const { verdict } of rows) expect(verdict).toMatchObject({ status: 'fail', notImplemented: true });
    },
  );
});

// A sample that takes its time; `lockstep bugs mapreduce` tries them all.
describe('the bugs', () => {
  it.each([
    ['shared-temporary-name', 'half-written'],
    ['finished-maps-not-redone', 'lost-disk'],
    ['double-credit', 'returning'],
    ['never-spills', 'small-memory'],
  ])(
    '%s is caught by %s, for one of the properties that it names',
    { timeout: PATIENCE_MS },
    async (id, test) => {
      const patch = join(folder, 'bugs', `${id}.json`);
      const { breaks } = JSON.parse(readFileSync(patch, 'utf8')) as { breaks: string[] };
      const some = tests.filter((one) => one.id.endsWith(`/${test}`)).map((one) => one.id);
      const rows = await run({ patch }, some, ['1', '2']);
      const broken = rows.flatMap(({ verdict }) => (verdict.status === 'fail' ? [verdict.property] : []));
      expect(broken.length).toBeGreaterThan(0);
      expect(breaks).toEqual(expect.arrayContaining([...new Set(broken)]));
    },
  );
});
