import { describe, expect, it } from 'vitest';
import type { LabInfo, Row, TestInfo } from '../../src/runner/index.ts';
import { failedRow } from '../../src/runner/lost-run.ts';
import { judge, seedsFrom } from '../../src/runner/vitest.ts';
import { echoLab } from './echo.ts';

function rowOf(seed: string, ...reached: string[]): Row {
  const failed = failedRow({ test: 'echo/A/boot', seed }, { kind: 'crash', property: 'p', message: 'm' });
  return { ...failed, verdict: { status: 'pass' }, reached };
}

async function labAndTest(situations: TestInfo['situations']): Promise<[LabInfo, TestInfo]> {
  const lab = await echoLab();
  const test = lab.parts[0]?.tests[0];
  if (test === undefined) throw new Error('no test');
  return [lab, { ...test, situations }];
}

describe('suites as vitest tests', () => {
  it('take their seeds from the environment', () => {
    expect(seedsFrom({})).toEqual(['1', '2']);
    expect(seedsFrom({ LOCKSTEP_SEEDS: '3' })).toEqual(['1', '2', '3']);
    expect(seedsFrom({ LOCKSTEP_SEED: 'abc', LOCKSTEP_SEEDS: '3' })).toEqual(['abc']);
    expect(seedsFrom({ LOCKSTEP_FULL: '1' })).toHaveLength(200);
    expect(() => seedsFrom({ LOCKSTEP_SEEDS: 'many' })).toThrow(/must be a number/);
  });

  it('fail with the property, the time, the node, the seed and the replay', async () => {
    const [lab, test] = await labAndTest({});
    const row: Row = {
      ...rowOf('7'),
      verdict: {
        status: 'fail',
        kind: 'safety',
        property: 'election safety',
        message: 'two leaders in term 3',
        node: 'n2',
        atMs: 412.5,
        stack: 'at lead (raft.ts:3:1)',
      },
    };
    expect(judge(lab, test, { rows: [rowOf('1'), row] })).toBe(
      [
        'election safety (safety), at 412.5 ms on n2, seed 7: two leaders in term 3',
        'at lead (raft.ts:3:1)',
        '1 of 2 seeds failed',
        'replay: npx lockstep test echo --test echo/A/boot --seed 7',
      ].join('\n'),
    );
    expect(judge(lab, test, { rows: [], internalError: 'broken' })).toBe('broken');
  });

  it('quote code without the characters that move a cursor or turn text around', async () => {
    const [lab, test] = await labAndTest({});
    const verdict = { status: 'fail', kind: 'crash', property: 'p', message: '\u001b[2J', atMs: 1 } as const;
    const rows = [{ ...rowOf('1'), verdict: { ...verdict, stack: 'at \u202e\nat b' } }];
    expect(judge(lab, test, { rows })?.split('\n').slice(0, 3)).toEqual([
      'p (crash), at 1 ms, seed 1: ␛[2J',
      'at \u{fffd}',
      'at b',
    ]);
    expect(judge(lab, test, { rows: [], internalError: '\u001b' })).toBe('␛');
  });

  it('are void when they did not reach what they are about', async () => {
    const [lab, test] = await labAndTest({ crash: 'always', race: { atLeast: 2, of: 3 } });
    const rows = [rowOf('1', 'crash', 'race'), rowOf('2', 'crash'), rowOf('3', 'crash')];
    expect(judge(lab, test, { rows })).toBe('void: 1 of 3 seeds reached "race", which 2 must');
    expect(judge(lab, test, { rows: rows.slice(0, 2) })).toBeUndefined();
    expect(judge(lab, test, { rows: [rowOf('1')] })).toBe('void: seed 1 never reached "crash"');
  });
});
