import { describe, expect, test } from 'vitest';
import { compareWithExpected, type Expected, type LabResult, type Results } from '../src/index.ts';

type Expectation = Expected['submissions'][string][string];

const labResult: LabResult = {
  lab: 'toy',
  status: 'graded',
  points: 5,
  possible: 15,
  tests: [
    {
      id: 'toy/A/one',
      status: 'pass',
      points: 5,
      possible: 5,
      runs: 1,
      passed: 1,
      failed: 0,
      void: 0,
      skipped: 0,
      interval: { low: 0, high: 1 },
    },
    {
      id: 'toy/A/two',
      status: 'fail',
      points: 0,
      possible: 10,
      runs: 1,
      passed: 0,
      failed: 1,
      void: 0,
      skipped: 0,
      interval: { low: 0, high: 1 },
      failure: { kind: 'safety', property: 'election safety', message: 'two leaders' },
    },
  ],
};

function results(result: LabResult = labResult): Results {
  const { points, possible } = result;
  return {
    version: 'lockstep-results/2',
    nodeMajor: 20,
    credit: 'all-seeds',
    seeds: 1,
    hasSecretSeeds: false,
    labs: [],
    submissions: [{ name: 'ann', status: 'graded', points, possible, labs: [result] }],
  };
}

function differences(expectation: Expectation, result?: LabResult): string[] {
  const expected: Expected = { version: 'lockstep-expected/1', submissions: { ann: { toy: expectation } } };
  return compareWithExpected(results(result), expected).map((difference) => difference.expected);
}

describe('expected scores', () => {
  test.each<Expectation>([
    { points: 5 },
    { points: 'some' },
    { points: { atLeast: 1, atMost: 5 } },
    { points: 5, fails: { 'toy/A/two': ['safety'] }, passes: ['toy/A/one'] },
    { points: 5, fails: { 'toy/A/two': ['election safety', 'liveness'] } },
    { points: 5, reason: 'leaders' },
  ])('%j is what came out', (expectation) => {
    expect(differences(expectation)).toEqual([]);
  });

  test.each<[Expectation, string]>([
    [{ points: 6 }, '6 points'],
    [{ points: 'all' }, 'all points'],
    [{ points: 'none' }, '0 points'],
    [{ points: 5, fails: { 'toy/A/one': ['safety'] } }, 'toy/A/one fails'],
    [{ points: 5, fails: { 'toy/A/two': ['liveness'] } }, 'toy/A/two fails: liveness'],
    [{ points: 5, passes: ['toy/A/two'] }, 'toy/A/two passes'],
    [{ points: 5, reason: 'memory' }, 'a reason with "memory"'],
    [{ points: 5, status: 'refused' }, 'refused'],
  ])('%j is not', (expectation, wanted) => {
    expect(differences(expectation)).toEqual([wanted]);
  });

  test('must name every submission, and no others', () => {
    const expected: Expected = {
      version: 'lockstep-expected/1',
      submissions: { bob: { toy: { points: 0 } } },
    };
    expect(compareWithExpected(results(), expected).map(({ submission }) => submission)).toEqual([
      'ann',
      'bob',
    ]);
  });
});
