import type { LabInfo, TestInfo } from '@lockstep/test-harness/runner';
import { describe, expect, test } from 'vitest';
import { chooseTests } from '../src/choose.ts';
import { toJUnit } from '../src/junit.ts';
import { nearest, suggest } from '../src/nearest.ts';
import { parseTime } from '../src/options.ts';
import type { SuiteReport } from '../src/suite-report.ts';

describe('names', () => {
  const names = ['raft', 'kv', 'shardkv', 'mapreduce', 'primary-backup'];

  test.each([
    ['rafft', ['raft']],
    ['shardk', ['shardkv']],
    ['map', ['mapreduce']],
    ['zebra', []],
    ['k', []],
  ])('near %s are %j', (typed, expected) => {
    expect(nearest(typed, names)).toEqual(expected);
  });

  test('are all listed when none is near', () => {
    expect(suggest('zebra', names)).toBe('There is raft, kv, shardkv, mapreduce, primary-backup.');
  });
});

describe('choosing tests', () => {
  const make = (id: string): TestInfo => ({
    id,
    title: '',
    about: '',
    points: 1,
    servers: 3,
    course: [],
    situations: {},
  });
  const lab: LabInfo = {
    id: 'raft',
    title: 'Raft',
    folder: '',
    entry: 'raft.ts',
    contract: 'raft/1',
    reference: '',
    libraries: {},
    scenarios: [],
    layers: [],
    parts: [
      { id: 'A', title: '', tests: ['raft/A/election', 'raft/A/re-election'].map(make) },
      { id: 'B', title: '', tests: ['raft/B/figure-8', 'raft/B/figure-8-unreliable'].map(make) },
    ],
  };
  const chosen = (pattern?: string, part?: string): string[] =>
    chooseTests(lab, {
      ...(pattern === undefined ? {} : { pattern }),
      ...(part === undefined ? {} : { part }),
    }).map(({ id }) => id);

  test('takes a whole id for that test alone', () => {
    expect(chosen('raft/B/figure-8')).toEqual(['raft/B/figure-8']);
  });

  test('takes a part of an id for all that contain it, and * for anything', () => {
    expect(chosen('figure')).toEqual(['raft/B/figure-8', 'raft/B/figure-8-unreliable']);
    expect(chosen('raft/*/*election')).toEqual(['raft/A/election', 'raft/A/re-election']);
  });

  test('knows parts by their letters, in either case', () => {
    expect(chosen(undefined, 'b')).toEqual(['raft/B/figure-8', 'raft/B/figure-8-unreliable']);
    expect(() => chosen('figure', 'A')).toThrow('Raft has no test "figure"');
  });
});

describe('times', () => {
  test.each([
    ['1.25s', 1250],
    ['900ms', 900],
  ])('%s is %i ms', (text, ms) => {
    expect(parseTime(text)).toBe(ms);
  });

  test('need a unit', () => {
    expect(() => parseTime('12')).toThrow('such as 1.25s');
  });
});

describe('JUnit', () => {
  test('is XML whatever the code says', () => {
    const report: SuiteReport = {
      version: 'lockstep-test/1',
      lab: 'raft',
      contract: 'raft/1',
      nodeMajor: 20,
      implementation: { name: 'a<b>"&', hash: '' },
      layers: {},
      seeds: ['1'],
      points: { earned: 0, possible: 1 },
      tests: [
        {
          id: 'raft/A/one',
          part: 'A',
          title: 'One',
          points: 1,
          status: 'fail',
          passed: 0,
          missing: [],
          rare: [],
          runs: [
            {
              seed: '1',
              verdict: {
                status: 'fail',
                kind: 'crash',
                property: 'no crash',
                message: 'x\u0000\u001b]<&\u202e\uffff',
                stack: 'at \u2066a\n  at b',
                atMs: 1,
              },
              void: false,
              traceHash: '',
              simulatedMs: 1500,
              reached: [],
              counters: {},
              faults: {},
              bounds: [],
            },
          ],
        },
      ],
    };
    expect(toJUnit(report)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite name="raft part A on a&lt;b&gt;&quot;&amp;" tests="1" failures="1">
          <testcase classname="raft/A/one" name="One, seed 1" time="1.500">
            <failure type="crash: no crash" message="x␀␛]&lt;&amp;\u{fffd}\u{fffd}">at \u{fffd}a
        at b</failure>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });
});
