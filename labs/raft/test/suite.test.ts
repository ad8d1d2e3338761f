import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LabInfo, Row } from '@lockstep/test-harness/runner';
import definition from '../lab.ts';
import { findLab, runTests, seedsFromEnvironment } from './child.ts';

const folder = join(import.meta.dirname, '..');
const tests = definition.parts.flatMap((part) => part.tests);
const ids = tests.map(({ id }) => id);
const seeds = seedsFromEnvironment(2);
/** The run child does all runs of a group in one go, in the hook; the machine may have other things to do. */
const PATIENCE_MS = 60_000 + seeds.length * 30_000;

let lab: LabInfo;
beforeAll(async () => {
  lab = await findLab();
}, PATIENCE_MS);

describe(`the reference, with ${seeds.length} seeds`, () => {
  const rows = new Map<string, Row[]>();

  beforeAll(async () => {
    for (const row of await runTests(lab, 'reference', ids, seeds)) {
      rows.set(row.test, [...(rows.get(row.test) ?? []), row]);
    }
  }, PATIENCE_MS);

  it.each(tests)('passes $id', ({ id, situations = {} }) => {
    const own = rows.get(id) ?? [];
    expect(own).toHaveLength(seeds.length);
    for (const { seed, verdict } of own) expect(verdict, `seed ${seed}`).toEqual({ status: 'pass' });
    for (const [situation, rule] of Object.entries(situations)) {
      const reached = own.filter((row) => row.reached.includes(situation)).length;
      if (rule === 'always') expect(reached, situation).toBe(seeds.length);
      else if (seeds.length >= rule.of)
        expect(reached / seeds.length, situation).toBeGreaterThan(rule.atLeast / rule.of);
    }
  });
});

describe('the starter', () => {
  it(
    'fails every test, for it says itself that it is not written yet',
    { timeout: PATIENCE_MS },
    async () => {
      const rows = await runTests(lab, { folder: join(folder, 'starter') }, ids, ['1']);
      expect(rows).toHaveLength(tests.length);
      for (const { verdict } of rows) {
        expect(verdict).toMatchObject({ status: 'fail', notImplemented: true });
        expect(verdict).toHaveProperty('message', expect.stringContaining('Raft part A'));
      }
    },
  );
});

describe('the bugs', () => {
  const files = readdirSync(join(folder, 'bugs')).filter((name) => name.endsWith('.json'));
  const partC = ids.filter((id) => /^raft\/C\/(persist-vote|figure-8)$/.test(id));

  it.each(files)(
    '%s is caught, for one of the properties that it names',
    { timeout: PATIENCE_MS },
    async (name) => {
      const patch = join(folder, 'bugs', name);
      const { id, breaks } = JSON.parse(readFileSync(patch, 'utf8')) as { id: string; breaks: string[] };
      expect(`${id}.json`).toBe(name);
      const rows = await runTests(lab, { patch }, partC, ['1', '2', '3', '4', '5']);
      const broken = rows.flatMap(({ verdict }) => (verdict.status === 'fail' ? [verdict.property] : []));
      expect(broken.length).toBeGreaterThan(0);
      expect(breaks).toEqual(expect.arrayContaining([...new Set(broken)]));
    },
  );
});
