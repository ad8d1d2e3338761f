import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/runner/run.ts';
import {
  failureFileName,
  makeFailure,
  parseFailure,
  threwSentence,
  type FailureContext,
} from '../../src/trace/index.ts';
import { TraceWriter, twoLeaders } from './sample-trace.ts';

const counters = { calls: 1, messages: 2, bytes: 3, events: 400, timers: 5, diskWrites: 6, diskBytes: 7 };

const run: RunResult = {
  test: 'raft/A/election',
  seed: '3',
  verdict: {
    status: 'fail',
    kind: 'safety',
    property: 'election safety',
    message: 'n1 and n2 both lead term 1',
    node: 'n2',
    atMs: 1936.2,
  },
  reached: ['second', 'first'],
  traceHash: '0123456789abcdef',
  simulatedMs: 1936.2,
  counters,
  faults: { crashes: 1 },
  bounds: [],
  plan: { crashAt: 1720 },
  trace: twoLeaders().events,
};

const context: FailureContext = {
  lab: 'raft',
  contract: 'raft/1',
  nodeMajor: 20,
  runIdentity: 'node 20 0123456789abcdef',
  test: { id: 'raft/A/election', title: 'Election', about: 'Raft §5.2' },
  implementation: { name: 'mine', hash: 'ab' },
  source: { kind: 'folder', path: 'work/raft' },
  layers: {},
  suites: [],
  overrides: {},
};

describe('a failure file', () => {
  test('is read as it was written', () => {
    const failure = makeFailure(run, context);
    expect(parseFailure(JSON.stringify(failure))).toEqual(failure);
  });

  test('is made of failing runs alone', () => {
    expect(makeFailure({ ...run, verdict: { status: 'pass' } }, context)).toBeUndefined();
  });

  test('tells of handlers that threw, however long before the failure', () => {
    const trace = new TraceWriter().at(812.34);
    trace.add('threw', 'n3', 'the handler of vote threw TypeError: x is undefined at vote (raft.ts:12:5)');
    for (let i = 0; i < 2000; i++) trace.add('observe', 'n1', `n1 leads term ${i}`);
    trace.add('threw', 'n2', 'the handler of append threw Error: no');
    trace.at(1936.2).add('violation', 'n2', 'n1 and n2 both lead term 1');
    const failure = makeFailure({ ...run, trace: trace.events }, context);
    if (failure === undefined) throw new Error('no failure');
    expect(failure.threw).toMatchObject({ times: 2, node: 'n3', atMs: 812.34 });
    expect(failure.trace?.events[0]).toMatchObject({ kind: 'threw', node: 'n3' });
    expect(threwSentence(failure)).toBe(
      'Handlers threw 2 times, first at 812.3 ms on n3: ' +
        'the handler of vote threw TypeError: x is undefined at vote (raft.ts:12:5)',
    );
    expect(threwSentence(makeFailure(run, context) ?? failure)).toBeUndefined();
  });

  test('has no trace when the run took its process down', () => {
    const { trace: _, ...untraced } = run;
    expect(makeFailure(untraced, context)?.trace).toBeNull();
  });

  test.each([
    ['{', 'is not JSON'],
    ['{"name": "x"}', 'is not a failure file'],
    ['{"version": "lockstep-failure/9"}', 'this version reads lockstep-failure/1'],
    ['{"version": "lockstep-failure/1"}', 'is damaged at "lab"'],
  ])('%s is refused with a reason', (text, reason) => {
    expect(() => parseFailure(text)).toThrow(reason);
  });

  test('has a name that every file system takes', () => {
    expect(failureFileName('raft/B/backup', '3')).toBe('raft-B-backup-3.json');
  });
});
