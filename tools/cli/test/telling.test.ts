import type { LabInfo, Row, TestInfo } from '@lockstep/test-harness/runner';
import type { Failure } from '@lockstep/test-harness/trace';
import { describe, expect, test } from 'vitest';
import type { WrittenFailure } from '../src/failures.ts';
import { mostTelling, shortestFailures } from '../src/telling.ts';
import { showFurther } from '../src/view/further-failures.ts';
import { quietIo } from './run-cli.ts';

function testOf(id: string): TestInfo {
  return { id, title: '', about: '', points: 1, servers: 3, course: [], situations: {} };
}

const PARTS = {
  A: ['raft/A/one', 'raft/A/two'].map(testOf),
  B: ['raft/B/three', 'raft/B/four'].map(testOf),
};

const LAB: LabInfo = {
  id: 'raft',
  title: 'Raft',
  folder: '',
  entry: 'raft.ts',
  contract: 'raft/1',
  reference: '',
  libraries: {},
  scenarios: [],
  layers: [],
  parts: Object.entries(PARTS).map(([id, tests]) => ({ id, title: '', tests })),
};

/** A failing run; without a number of events it has taken its process down. */
function failing(id: string, seed: string, events?: number, verdict: object = {}): Row {
  const fail = { status: 'fail', kind: 'safety', property: 'agreement', message: 'no', atMs: 1 } as const;
  return {
    test: id,
    seed,
    verdict: { ...fail, ...verdict },
    reached: [],
    traceHash: events === undefined ? '' : 'abc',
    simulatedMs: 1,
    counters: {
      calls: 0,
      messages: 0,
      bytes: 0,
      events: events ?? 0,
      timers: 0,
      diskWrites: 0,
      diskBytes: 0,
    },
    faults: {},
    bounds: [],
    plan: undefined,
    wallMs: 1,
  };
}

/** The failure file of a run, with a recording unless the run took its process down. */
function written({ test: id, seed, verdict, traceHash, counters }: Row, recorded?: number): WrittenFailure {
  if (verdict.status === 'pass') throw new Error('That run passes.');
  const total = recorded ?? (traceHash === '' ? undefined : counters.events);
  const failure: Failure = {
    version: 'lockstep-failure/1',
    lab: 'raft',
    contract: 'raft/1',
    nodeMajor: 20,
    test: { id, title: '', about: '' },
    seed,
    overrides: {},
    plan: null,
    implementation: { name: 'x', hash: '' },
    source: { kind: 'reference' },
    layers: {},
    suites: [],
    verdict: { ...verdict },
    traceHash,
    simulatedMs: 1,
    events: counters.events,
    reached: [],
    trace: total === undefined ? null : { nodes: [], total, events: [] },
  };
  return { failure, file: `.lockstep/failures/${id.replaceAll('/', '-')}-${seed}.json` };
}

function shownOf(rows: readonly Row[], failures = rows.map((row) => written(row))): [string, string?] {
  const telling = mostTelling(LAB, rows, failures);
  if (telling === undefined) throw new Error('Nothing is shown.');
  const { test: about, seed } = telling.shown.failure;
  return [`${about.id} ${seed}`, ...(telling.which === undefined ? [] : [telling.which])] as [
    string,
    string?,
  ];
}

describe('the failure of a test that is recorded', () => {
  const tests = Object.values(PARTS).flat();
  const chosen = (...rows: Row[]): string[] =>
    shortestFailures(tests, rows).map(({ test: id, seed }) => `${id} ${seed}`);

  test('is of the seed with the fewest events, and of the earlier one of two that have as many', () => {
    const rows = ['3', '1', '10', '2'].map((seed) => failing('raft/A/one', seed, seed === '1' ? 90 : 40));
    expect(chosen(...rows)).toEqual(['raft/A/one 2']);
  });

  test('took its process down only if all did', () => {
    const lost = failing('raft/A/one', '1');
    expect(chosen(lost, failing('raft/A/one', '2', 900))).toEqual(['raft/A/one 2']);
    expect(chosen(lost, failing('raft/A/one', '2'))).toEqual(['raft/A/one 1']);
  });

  test('is none when the code says itself that it is not implemented', () => {
    expect(chosen(failing('raft/A/one', '1', 5, { notImplemented: true }))).toEqual([]);
  });
});

describe('the failure that is shown in full', () => {
  test('is the shortest of the first part that has one, and is said to be', () => {
    const rows = [
      failing('raft/A/one', '1', 500),
      failing('raft/A/two', '1', 300),
      failing('raft/A/two', '2', 400),
      failing('raft/B/three', '1', 20),
    ];
    const recorded = [rows[0], rows[1], rows[3]].flatMap((row) => (row === undefined ? [] : [written(row)]));
    expect(shownOf(rows, recorded)).toEqual([
      'raft/A/two 1',
      'Shown: the shortest of the 3 runs of part A that failed.',
    ]);
  });

  test('is the first of two that are as short', () => {
    expect(shownOf([failing('raft/A/one', '1', 7), failing('raft/A/two', '1', 7)])[0]).toBe('raft/A/one 1');
  });

  test('needs no such sentence when there is no other', () => {
    expect(shownOf([failing('raft/B/four', '1', 7)])).toEqual(['raft/B/four 1']);
  });

  test('is said to be the only one of its part when others failed in later parts', () => {
    expect(shownOf([failing('raft/A/two', '1', 7), failing('raft/B/three', '1', 7)])[1]).toBe(
      'Shown: the only run of part A that failed.',
    );
  });

  test('has a recording if any has, which may be that of a run that hung', () => {
    const [lost, hung, long] = [
      failing('raft/A/one', '1'),
      failing('raft/A/two', '1', undefined, { kind: 'hang' }),
      failing('raft/A/two', '2', 900),
    ];
    expect(shownOf([lost, long])).toEqual([
      'raft/A/two 2',
      'Shown: of the 2 runs of part A that failed, the only one whose length is known.',
    ]);
    expect(shownOf([lost, hung, long], [written(lost), written(hung, 30), written(long)])).toEqual([
      'raft/A/two 1',
      'Shown: of the 3 runs of part A that failed, the shortest of the 2 whose length is known.',
    ]);
    expect(shownOf([lost, hung])[1]).toBe(
      'Shown: the first of the 2 runs of part A that failed; the length of none is known.',
    );
  });
});

describe('the list of further failures', () => {
  function listed(columns: number, ...failures: WrittenFailure[]): string[] {
    const { io, said } = quietIo(columns);
    showFurther(io, failures);
    return said;
  }
  const agreement = (id: string, message: string): WrittenFailure =>
    written(failing(id, '1', 5, { property: 'agreement', message }));

  test('says once what differs in numbers and names only, and names each test with its file', () => {
    const lines = listed(
      100,
      agreement('raft/A/one', 'n1 applied "x" at index 3'),
      agreement('raft/B/three', 'n2 applied "y" at index 41'),
      agreement('raft/B/four', 'nobody applied anything'),
      written(failing('raft/A/two', '1', 5, { property: 'election safety', message: 'two leaders' })),
    );
    expect(lines).toEqual([
      '4 further tests failed. With a file of this list in the place of FILE, this shows its timeline:',
      '  npx lockstep replay .lockstep/failures/FILE',
      '  agreement (3 tests)',
      '    n1 applied "x" at index 3',
      '      raft/A/one, seed 1    raft-A-one-1.json',
      '      raft/B/three, seed 1  raft-B-three-1.json',
      '      raft/B/four, seed 1   raft-B-four-1.json',
      '        nobody applied anything',
      '  election safety (1 test)',
      '    two leaders',
      '      raft/A/two, seed 1  raft-A-two-1.json',
    ]);
  });

  test('puts a file below its test where both are too wide for one line', () => {
    const lines = listed(
      54,
      ...['raft/A/one', 'raft/B/the-one-with-the-name'].map((id) => agreement(id, '')),
    );
    expect(lines.slice(-3)).toEqual([
      '      raft/A/one, seed 1  raft-A-one-1.json',
      '      raft/B/the-one-with-the-name, seed 1',
      '        raft-B-the-one-with-the-name-1.json',
    ]);
  });

  test.each([40, 80, 200])('takes two lines of %i columns at the most for what was seen', (columns) => {
    const long = 'it waited for a leader that '.repeat(60);
    const lines = listed(columns, agreement('raft/A/one', long), agreement('raft/B/three', `${long}again`));
    const own = lines.slice(2);
    expect(Math.max(...own.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(own.length).toBeLessThanOrEqual(1 + 2 + 2 * 2);
    expect(own.join('\n')).toContain('…');
    expect(own.join('\n')).toContain('raft-B-three-1.json');
  });
});
