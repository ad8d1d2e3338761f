import { join } from 'node:path';
import { buildFolder, discoverLabs, runJob } from '@lockstep/test-harness/runner';
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

async function runStarter(): Promise<readonly Row[]> {
  const built = await buildFolder(join(folder, 'starter'), lab);
  if (!built.ok) throw new Error(built.message);
  const runs = tests.map(({ id }) => ({ test: id, seed: '1' }));
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
      const rows = await runStarter();
      expect(rows).toHaveLength(tests.length);
      for (const { verdict } of rows) expect(verdict).toMatchObject({ status: 'fail', notImplemented: true });
    },
  );
});
