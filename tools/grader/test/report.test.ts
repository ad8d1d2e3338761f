import { visibleLines, type Failure } from '@lockstep/test-harness/trace';
import { describe, expect, test } from 'vitest';
import {
  renderFailurePage,
  renderReport,
  type Results,
  type SubmissionResult,
  type TestResult,
} from '../src/index.ts';

/** Clears a screen, turns text around, and would be a picture. */
const HOSTILE = '\u001b[2J\u202e\u2066<img src=x onerror=alert(1)>" \'&';

/** Nothing that a browser would make anything of but letters, and nothing that turns them around. */
function expectSafe(page: string): void {
  expect(page).toContain('␛[2J\u{fffd}\u{fffd}&lt;img src=x');
  expect(visibleLines(page)).toBe(page);
  expect(page).not.toContain('<img');
  // What stands in an attribute does not end it.
  expect(page).not.toContain('alert(1)>"');
}

const interval = { low: 0, high: 0.5 };
const override = { earned: 1, reason: HOSTILE };
const explanation = { kind: 'safety', property: HOSTILE, message: HOSTILE, atMs: 1 } as const;

function testResult(id: string, rest: Partial<TestResult>): TestResult {
  const counts = { runs: 2, passed: 0, failed: 2, void: 0, skipped: 0 };
  return { id, status: 'fail', points: 0, possible: 1, ...counts, interval, ...rest };
}

const failure = {
  kind: 'crash',
  property: HOSTILE,
  message: HOSTILE,
  explanation,
  stack: HOSTILE,
} as const;

const TESTS = [
  testResult('toy/A/fails', { failure }),
  testResult('toy/A/by-hand', { override, failure }),
  testResult('toy/A/at-fault', { status: 'suite-fault', note: HOSTILE }),
];

function submission(name: string, rest: Partial<SubmissionResult>): SubmissionResult {
  return { name, status: 'graded', points: 0, possible: 3, labs: [], ...rest };
}

const students = [{ id: HOSTILE, name: HOSTILE, email: HOSTILE }];
const scored = { lab: 'toy', hash: 'ab', points: 0, possible: 3 };

const RESULTS: Results = {
  version: 'lockstep-results/2',
  nodeMajor: 20,
  credit: 'share',
  seeds: 2,
  hasSecretSeeds: false,
  labs: [
    {
      id: 'toy',
      title: 'Toy',
      contract: 'toy/1',
      possible: 3,
      tests: TESTS.map(({ id }) => ({ id, part: 'A', title: id, about: '', points: 1 })),
    },
  ],
  submissions: [
    submission(HOSTILE, { labs: [{ ...scored, status: 'graded', tests: TESTS }], notes: [HOSTILE] }),
    submission('2', {
      students,
      override,
      labs: [{ ...scored, status: 'refused', reason: HOSTILE, tests: [] }],
    }),
    submission('3', { labs: [{ ...scored, status: 'graded', override, tests: TESTS }] }),
    submission(`4 ${HOSTILE}`, { status: 'not-graded' }),
  ],
};

const FAILURE: Failure = {
  version: 'lockstep-failure/1',
  lab: 'toy',
  contract: 'toy/1',
  nodeMajor: 20,
  test: { id: 'toy/A/fails', title: 'Fails', about: '' },
  seed: '1',
  overrides: {},
  plan: null,
  implementation: { name: HOSTILE, hash: 'ab' },
  source: { kind: 'folder', path: HOSTILE },
  layers: {},
  suites: [],
  verdict: { status: 'fail', ...failure, atMs: 1 },
  traceHash: '',
  simulatedMs: 1,
  events: 1,
  reached: [],
  threw: { times: 1, node: 'n1', atMs: 1, message: HOSTILE },
  trace: {
    nodes: ['n1'],
    total: 1,
    events: [{ sequence: 1, atUs: 1, kind: 'log', node: 'n1', text: HOSTILE }],
  },
};

describe('text that a submission has chosen', () => {
  test('can only be read in the report of the class', () => {
    expectSafe(renderReport(RESULTS));
  });

  test('can only be read on the page of a failure', () => {
    expectSafe(renderFailurePage(FAILURE, { report: 'report.html', file: 'failure.json' }));
  });
});
