import { describe, expect, test } from 'vitest';
import {
  assess,
  graderSeed,
  homeSeed,
  secretSeed,
  wilson95,
  type Assessment,
  type Evidence,
  type ScoredRun,
} from '../src/index.ts';
import { makeRow, type Outcome } from './helpers.ts';

const ALWAYS = { 'two leaders met': 'always' } as const;
const SOMETIMES = { 'a split vote': { atLeast: 2, of: 4 } } as const;

function runs(outcomes: readonly Outcome[]): ScoredRun[] {
  return outcomes.map((outcome, i) => makeRow('toy/A/one', String(i + 1), outcome));
}

function scored(evidence: Partial<Evidence> & { readonly runs: readonly ScoredRun[] }): Assessment {
  return assess({
    test: { id: 'toy/A/one', points: 10, situations: {} },
    asked: evidence.runs.length,
    credit: 'all-seeds',
    ...evidence,
  });
}

function settled(assessment: Assessment): Extract<Assessment, { next: 'done' }>['score'] {
  if (assessment.next !== 'done') throw new Error(`not settled: ${assessment.next}`);
  return assessment.score;
}

const reached = (...names: string[]): Outcome => ({ reached: names });

describe('a test', () => {
  test('gives its points when every run passes', () => {
    expect(settled(scored({ runs: runs(['pass', 'pass']) }))).toMatchObject({
      status: 'pass',
      points: 10,
      passed: 2,
    });
  });

  test('gives none when one run fails, and shows the first one that did', () => {
    const score = settled(scored({ runs: runs(['pass', 'fail', 'fail']) }));
    expect(score).toMatchObject({ status: 'fail', points: 0, possible: 10, passed: 1, failed: 2 });
    expect(score.failure).toMatchObject({
      kind: 'safety',
      property: 'a property',
      seed: '2',
      node: 'n1',
      atMs: 4,
    });
  });

  test('says that it is not implemented rather than that it crashed', () => {
    expect(settled(scored({ runs: runs(['not-implemented']) })).failure?.notImplemented).toBe(true);
  });

  test('fails when its runs were given up, with the reason', () => {
    const score = settled(scored({ runs: runs(['charged', 'charged']) }));
    expect(score).toMatchObject({ status: 'fail', points: 0, runs: 0, skipped: 2 });
    expect(score.failure).toEqual({ kind: 'hang', property: 'yields control', message: 'it broke' });
  });

  test('says between which shares of all seeds the truth is, runs that were not made among the failed', () => {
    const score = settled(scored({ runs: runs(['pass', 'pass', 'pass', 'fail', 'charged']) }));
    expect(score).toMatchObject({ runs: 4, passed: 3, failed: 1, skipped: 1 });
    expect(score.interval).toEqual(wilson95(3, 5));
  });
});

describe('partial credit', () => {
  const outcomes: Outcome[] = [
    'pass',
    'fail',
    'pass',
    'pass',
    'fail',
    'pass',
    'pass',
    'pass',
    'pass',
    'pass',
  ];

  test('by the share of seeds gives that share', () => {
    const score = settled(scored({ credit: 'share', runs: runs(outcomes) }));
    expect(score).toMatchObject({ status: 'fail', points: 8, passed: 8, failed: 2 });
    expect(score.failure?.seed).toBe('2');
  });

  test('with confidence gives what is certain, as a part of what is certain of the faultless', () => {
    const score = settled(scored({ credit: 'share-confident', runs: runs(outcomes) }));
    expect(score.points).toBeCloseTo((10 * wilson95(8, 10).low) / wilson95(10, 10).low, 5);
    expect(score.points).toBeLessThan(8);
    const most = settled(scored({ credit: 'share-confident', runs: runs(['pass', 'pass']) }));
    expect(most).toMatchObject({ status: 'pass', points: 10 });
  });

  test('counts runs that were not made as failed', () => {
    const lost: Outcome[] = ['pass', 'hang', 'hang', 'hang', 'charged', 'charged', 'charged', 'charged'];
    expect(settled(scored({ credit: 'share', runs: runs(lost) })).points).toBe(1.25);
  });

  test('draws more seeds for void runs though one has failed', () => {
    const test1 = { id: 'toy/A/one', points: 10, situations: ALWAYS };
    const all = runs([reached('two leaders met'), 'pass', 'fail']);
    expect(scored({ test: test1, credit: 'share', runs: all })).toEqual({ next: 'more', count: 1 });
  });

  test('holds void runs against whom the reference shows to be at fault, and against nobody else', () => {
    const test1 = { id: 'toy/A/one', points: 10, situations: ALWAYS };
    const mine = runs([reached('two leaders met'), ...Array.from({ length: 7 }, (): Outcome => 'pass')]);
    const base = { test: test1, asked: 2, credit: 'share' as const, runs: mine };
    const reference = runs(Array.from({ length: 8 }, () => reached('two leaders met')));
    expect(settled(scored({ ...base, reference }))).toMatchObject({
      status: 'fail',
      points: 5,
      possible: 10,
    });
    expect(settled(scored({ ...base, reference: mine }))).toMatchObject({
      status: 'suite-fault',
      possible: 0,
    });
  });

  test('gives nothing when no run comes to what the test is about', () => {
    const test1 = { id: 'toy/A/one', points: 10, situations: SOMETIMES };
    const all = runs(Array.from({ length: 16 }, () => 'pass'));
    const reference = runs(Array.from({ length: 16 }, () => reached('a split vote')));
    const score = settled(scored({ test: test1, asked: 4, credit: 'share', runs: all, reference }));
    expect(score).toMatchObject({ status: 'fail', points: 0, failure: { kind: 'not-reached' } });
  });
});

describe('a situation that each run must have', () => {
  const test1 = { id: 'toy/A/one', points: 10, situations: ALWAYS };

  test('makes a passing run without it void, and another seed is drawn', () => {
    const assessment = scored({ test: test1, runs: runs([reached('two leaders met'), 'pass']) });
    expect(assessment).toEqual({ next: 'more', count: 1 });
  });

  test('is enough when enough runs of all have it; the void ones count neither way', () => {
    const all = runs([reached('two leaders met'), 'pass', reached('two leaders met')]);
    expect(settled(scored({ test: test1, asked: 2, runs: all }))).toMatchObject({
      points: 10,
      passed: 2,
      void: 1,
    });
  });

  test('does not save a failing run', () => {
    expect(settled(scored({ test: test1, runs: runs(['fail']) }))).toMatchObject({ status: 'fail', void: 0 });
  });

  test('is looked for on the reference once four times the seeds were drawn', () => {
    const all = runs(Array.from({ length: 8 }, () => 'pass'));
    expect(scored({ test: test1, asked: 2, runs: all })).toMatchObject({ next: 'reference' });
    expect(scored({ test: test1, asked: 2, runs: all.slice(0, 7) })).toEqual({ next: 'more', count: 1 });
  });
});

describe('a situation that some runs must have', () => {
  const test1 = { id: 'toy/A/one', points: 10, situations: SOMETIMES };

  test('voids nothing', () => {
    const all = runs([reached('a split vote'), reached('a split vote'), 'pass', 'pass']);
    expect(settled(scored({ test: test1, runs: all }))).toMatchObject({ status: 'pass', passed: 4, void: 0 });
  });

  test('makes more seeds be drawn when too few runs had it', () => {
    const all = runs([reached('a split vote'), 'pass', 'pass', 'pass']);
    expect(scored({ test: test1, runs: all })).toEqual({ next: 'more', count: 4 });
  });

  test('is looked for on the reference, on the same seeds, after four times as many', () => {
    const all = runs(Array.from({ length: 16 }, () => 'pass'));
    const seeds = all.map(({ seed }) => seed);
    expect(scored({ test: test1, asked: 4, runs: all })).toEqual({ next: 'reference', seeds });
  });

  test('fails the submission if the reference has it there', () => {
    const all = runs(Array.from({ length: 16 }, () => 'pass'));
    const reference = runs(Array.from({ length: 16 }, (_, i) => (i < 5 ? reached('a split vote') : 'pass')));
    const score = settled(scored({ test: test1, asked: 4, runs: all, reference }));
    expect(score).toMatchObject({ status: 'fail', points: 0, possible: 10 });
    expect(score.failure?.message).toBe(
      'never reached "a split vote" in 16 runs; the reference does in 5 of the same',
    );
  });

  test("takes the points out of everybody's total if the reference has not", () => {
    const all = runs(Array.from({ length: 16 }, () => 'pass'));
    const score = settled(scored({ test: test1, asked: 4, runs: all, reference: all }));
    expect(score).toMatchObject({ status: 'suite-fault', points: 0, possible: 0 });
    expect(score.note).toContain('The suite is at fault');
  });

  test('is not waited for when a run has failed', () => {
    expect(settled(scored({ test: test1, runs: runs(['pass', 'fail']) }))).toMatchObject({ status: 'fail' });
  });
});

describe('seeds', () => {
  test("of the grader are the same for everybody, and never those of people's own runs", () => {
    expect([0, 1, 2].map(graderSeed)).toMatchInlineSnapshot(`
      [
        "cc8453acbb0dfda9",
        "f7974650b3874874",
        "fdf0d31b97bb4048",
      ]
    `);
    expect([0, 1, 2].map(homeSeed)).toEqual(['1', '2', '3']);
  });

  test('derived from a secret are 64 bits long, the same again, and others for another test or secret', () => {
    const seeds = (secret: string, id: string): string[] => [0, 1, 2].map((i) => secretSeed(secret, id, i));
    const all = ['one', 'two'].flatMap((secret) => ['toy/A/one', 'toy/A/two'].map((id) => seeds(secret, id)));
    expect(all.flat().every((seed) => /^[0-9a-f]{16}$/.test(seed))).toBe(true);
    expect(new Set(all.flat()).size).toBe(12);
    expect(seeds('one', 'toy/A/one')).toEqual(all[0]);
  });
});
