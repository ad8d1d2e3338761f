import { describe, expect, test } from 'vitest';
import { runMany, type RunRequest } from '../src/index.ts';
import { makeLab, makeTest, ScriptedEngine, type Script } from './helpers.ts';

const TESTS = ['toy/A/one', 'toy/A/two', 'toy/A/three', 'toy/A/four', 'toy/A/five'];
const LAB = makeLab(TESTS.map((id) => makeTest(id, 1)));
const BASE = { lab: LAB, implementation: { name: 'mine', hash: '', js: '', map: '' }, layers: {} };

function everySeed(seeds: number, tests: readonly string[] = TESTS): RunRequest[] {
  return Array.from({ length: seeds }, (_, i) =>
    tests.map((id) => ({ test: id, seed: String(i + 1) })),
  ).flat();
}

function engine(script: Script): ScriptedEngine {
  return new ScriptedEngine([LAB], script);
}

describe('running many', () => {
  test('makes each run once, in as many children as it may', async () => {
    const scripted = engine(() => 'pass');
    const { rows } = await runMany(scripted, BASE, everySeed(3), { parallel: 2 });
    expect(new Set(rows.map(({ test: id, seed }) => `${id} ${seed}`)).size).toBe(15);
    expect(scripted.jobs.map(({ runs }) => runs.length)).toEqual([8, 7]);
  });

  test('has all seeds of a test count, unless the job says otherwise', async () => {
    const scripted = engine(() => 'pass');
    await runMany(scripted, BASE, everySeed(1));
    await runMany(scripted, { ...BASE, limits: { lostRuns: 3 } }, everySeed(1));
    expect(scripted.jobs.map(({ limits }) => limits)).toEqual([
      { lostRuns: 1, lostTests: 3 },
      { lostRuns: 3, lostTests: 3 },
    ]);
  });

  test('tells runs that were charged from those that were made', async () => {
    const scripted = engine(({ seed }) => (seed === '2' ? 'charged' : 'pass'));
    const { rows, charged } = await runMany(scripted, BASE, everySeed(2));
    expect([rows.length, charged.length]).toEqual([5, 5]);
    expect(charged.map(({ seed }) => seed)).toEqual(['2', '2', '2', '2', '2']);
  });

  test('stops at the first failure when asked to', async () => {
    const scripted = engine(({ seed }) => (seed === '2' ? 'fail' : 'pass'));
    const { rows } = await runMany(scripted, BASE, everySeed(5), { bail: true });
    expect(rows).toHaveLength(6);
  });

  test('keeps what there is when interrupted', async () => {
    const interruption = new AbortController();
    const scripted = engine(() => 'pass');
    const { rows, internalError } = await runMany(scripted, BASE, everySeed(5), {
      signal: interruption.signal,
      onRow: ({ seed }) => {
        if (seed === '2') interruption.abort();
      },
    });
    expect(rows).toHaveLength(6);
    expect(internalError).toBeUndefined();
  });

  test('says so when the runner itself is at fault', async () => {
    const scripted = engine(() => 'pass');
    scripted.runJob = () => Promise.resolve({ rows: [], internalError: 'the child would not start' });
    expect(await runMany(scripted, BASE, everySeed(1))).toMatchObject({
      internalError: 'the child would not start',
    });
  });

  test('does not wait for ever for runs that never come', async () => {
    const scripted = engine(() => 'pass');
    scripted.runJob = () => Promise.resolve({ rows: [] });
    const { internalError } = await runMany(scripted, BASE, everySeed(1));
    expect(internalError).toBe('The runner gave no result for toy/A/one, seed 1.');
  });
});
