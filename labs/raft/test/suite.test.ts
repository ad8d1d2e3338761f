import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteTests } from '@lockstep/test-harness/vitest';
import type { LabInfo } from '@lockstep/test-harness/runner';
import { beforeAll, describe, expect, it, test } from 'vitest';
import definition from '../lab.ts';
import { findLab, runTests } from './child.ts';

const folder = join(import.meta.dirname, '..');
const ids = definition.parts.flatMap((part) => part.tests.map(({ id }) => id));
/** For runs of the whole suite, on a machine that is busy with other things. */
const PATIENCE_MS = 120_000;

let lab: LabInfo;
beforeAll(async () => {
  lab = await findLab();
}, PATIENCE_MS);

// The reference passes every test; LOCKSTEP_SEED, LOCKSTEP_SEEDS and LOCKSTEP_FULL choose the seeds.
await suiteTests('raft', { describe, test });

describe('the starter', () => {
  it(
    'fails every test, for it says itself that it is not written yet',
    { timeout: PATIENCE_MS },
    async () => {
      const rows = await runTests(lab, { folder: join(folder, 'starter') }, ids, ['1']);
      expect(rows).toHaveLength(ids.length);
      for (const { verdict } of rows) {
        expect(verdict).toMatchObject({ status: 'fail', notImplemented: true });
        expect(verdict).toHaveProperty('message', expect.stringContaining('Raft part A'));
      }
    },
  );
});

// A sample that takes its time; `lockstep bugs raft` tries them all.
describe('the bugs', () => {
  const sample = ['figure-8-commit', 'two-votes-in-a-term', 'vote-not-persisted'];
  const partC = ids.filter((id) => /^raft\/C\/(persist-vote|figure-8)$/.test(id));

  it.each(sample)(
    '%s is caught, for one of the properties that it names',
    { timeout: PATIENCE_MS },
    async (id) => {
      const patch = join(folder, 'bugs', `${id}.json`);
      const { breaks } = JSON.parse(readFileSync(patch, 'utf8')) as { breaks: string[] };
      const rows = await runTests(lab, { patch }, partC, ['1', '2', '3', '4', '5']);
      const broken = rows.flatMap(({ verdict }) => (verdict.status === 'fail' ? [verdict.property] : []));
      expect(broken.length).toBeGreaterThan(0);
      expect(breaks).toEqual(expect.arrayContaining([...new Set(broken)]));
    },
  );
});
