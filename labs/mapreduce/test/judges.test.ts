import type { JobProgress } from '@lockstep/api';
import type { Judge, Violation } from '@lockstep/test-harness/suite';
import { describe, expect, it } from 'vitest';
import { commit } from '../judges/commit.ts';
import { completion } from '../judges/completion.ts';
import { contract } from '../judges/contract.ts';
import { counters } from '../judges/counters.ts';
import { output } from '../judges/output.ts';
import { validity } from '../judges/validity.ts';
import { lackingProgress } from '../src/driver.ts';
import type { FileChanged, JobPosted, Seen } from '../src/seen.ts';

type Row = readonly [node: string, seen: Seen, boot?: number];

/** What the judge says first of these observations. */
function verdictOf(judge: Judge<Seen>, rows: readonly Row[]): Violation | undefined {
  for (const [sequence, [node, seen, boot = 1]] of rows.entries()) {
    const violation = judge.observe(seen, { node, boot, atMs: sequence, sequence });
    if (violation !== undefined) return violation;
  }
  return undefined;
}

const job: JobPosted = {
  kind: 'job-posted',
  text: '',
  reduceTasks: 2,
  mapTasks: 1,
  output: 'out',
  records: { 'in/0': ['a b', 'c'] },
  expected: ['a 1\n', 'b 1\nc 1\n'],
  counters: { words: 3 },
  isTagged: false,
};
const posted: Row = ['c', job];
/** A job of an application that is not deterministic: tags are those of any one execution. */
const postedDrawn: Row = [
  'c',
  { ...job, expected: ['a in/0 0 0\na in/0 1 0\nb in/0 0 0\n', ''], isTagged: true },
];

function file(by: string, how: FileChanged['how'], part: number, content?: string): Row {
  const path = `out/part-0000${part}`;
  return [
    by,
    { kind: 'file-changed', text: '', how, path, by, ...(content === undefined ? {} : { content }) },
  ];
}

const done = (total: number) => ({ total, done: total, running: 0, backups: 0, attempts: total });

function progress(state: JobProgress['state'], more: Partial<JobProgress> = {}, boot = 1): Row {
  const said: JobProgress = {
    state,
    map: done(1),
    reduce: done(2),
    inputBytes: { total: 6, done: 6 },
    counters: { words: 3 },
    skipped: 0,
    workers: 1,
    ...more,
  };
  return ['c', { kind: 'progressed', progress: said }, boot];
}

describe('the shape of a progress', () => {
  const said = (counters: unknown): string | undefined =>
    lackingProgress({
      state: 'running',
      map: done(1),
      reduce: done(1),
      inputBytes: { total: 1, done: 1 },
      counters,
      skipped: 0,
      workers: 1,
    });

  it('has a number for each counter', () => {
    expect(said({ words: 3 })).toBeUndefined();
    expect(said({ words: '3' })).toBe('the counter words is no number');
    expect(said([{}])).toBe('the counter 0 is no number');
    expect(said(null)).toBe('its counters are no object');
  });
});

describe('atomic commit (paper §3.3)', () => {
  const verdict = (...rows: Row[]) => verdictOf(commit(), [posted, ...rows]);

  it('is content with one rename for each output', () => {
    expect(verdict(file('w1', 'rename', 0), file('w2', 'rename', 1))).toBeUndefined();
  });

  it('fires when an output is written in place', () => {
    expect(verdict(file('w1', 'append', 0))?.message).toContain('half of an output');
  });

  it.each(['append', 'remove', 'rename'] as const)('fires when a committed output is touched: %s', (how) => {
    expect(verdict(file('w1', 'rename', 0), file('w2', how, 0))).toMatchObject({
      property: 'atomic commit',
      node: 'w2',
    });
  });
});

describe('output', () => {
  const verdict = (...rows: Row[]) => verdictOf(output(), rows);

  it('accepts what a sequential run gives', () => {
    expect(
      verdict(posted, file('w1', 'rename', 0, 'a 1\n'), file('w1', 'rename', 1, 'b 1\nc 1\n')),
    ).toBeUndefined();
  });

  it('names the first line that differs', () => {
    const violation = verdict(posted, file('w1', 'rename', 1, 'b 1\nc 2\n'));
    expect(violation?.message).toContain('has "c 2" in line 2');
  });

  it('names a file that is no output of the job', () => {
    expect(verdict(posted, file('w1', 'rename', 7, ''))?.message).toContain('none of the job');
  });

  it('accepts any one execution of each map task, where executions differ', () => {
    expect(
      verdict(postedDrawn, file('w1', 'rename', 0, 'a in/0 1 x\na in/0 0 y\nb in/0 0 y\n')),
    ).toBeUndefined();
  });

  it('fires when something is missing, whatever the tags, or in the wrong order', () => {
    const lacking = verdict(postedDrawn, file('w1', 'rename', 0, 'a in/0 1 x\nb in/0 0 y\n'));
    expect(lacking?.message).toContain('has "a in/0 1" in line 1, where a sequential run has "a in/0 0"');
    const turned = verdict(postedDrawn, file('w1', 'rename', 0, 'b in/0 0 y\na in/0 0 y\na in/0 1 x\n'));
    expect(turned?.message).toContain('has "b in/0 0" in line 1');
    const longer = verdict(postedDrawn, file('w1', 'rename', 0, 'a in/0 1 x\na in/0 0 y\nb in/0 0 y\nc'));
    expect(longer?.message).toContain('has "c" in line 4, where a sequential run has nothing');
  });

  it('fires when pairs of two executions of a map task are in one output', () => {
    const violation = verdict(postedDrawn, file('w1', 'rename', 0, 'a in/0 1 x\nb in/0 1 z\n'));
    expect(violation?.message).toContain('mixes two executions of map on record 1 of in/0');
  });
});

describe('completion', () => {
  const verdict = (...rows: Row[]) => verdictOf(completion(), [posted, ...rows]);
  const finished: Row = ['w1', { kind: 'worker-finished', text: '' }];

  it('lets the job succeed when all outputs are there, and workers finish then', () => {
    const outputs = [file('w1', 'rename', 0), file('w1', 'rename', 1)];
    expect(verdict(...outputs, progress('succeeded'), finished)).toBeUndefined();
  });

  it('fires when the job succeeds without an output', () => {
    expect(verdict(file('w1', 'rename', 0), progress('succeeded'))?.message).toContain(
      'without out/part-00001',
    );
  });

  it('fires when a worker is finished before the job is over', () => {
    expect(verdict(progress('running'), finished)).toMatchObject({ property: 'completion', node: 'w1' });
  });
});

describe('whole records', () => {
  const verdict = (path: string, line: string) =>
    verdictOf(validity(), [posted, ['w1', { kind: 'mapping', path, line }]]);

  it('accepts the lines of the inputs', () => {
    expect(verdict('in/0', 'a b')).toBeUndefined();
  });

  it('fires for half a line, and for a file that is no input', () => {
    expect(verdict('in/0', 'a')?.message).toContain('no line of in/0');
    expect(verdict('in/1', 'a b')?.message).toContain('no input of the job');
  });
});

describe('counters (paper §4.8)', () => {
  const verdict = (row: Row) => verdictOf(counters(), [posted, row]);

  it('fires when an execution counts twice, or not at all', () => {
    expect(verdict(progress('succeeded'))).toBeUndefined();
    expect(verdict(progress('succeeded', { counters: { words: 4 } }))?.message).toContain(
      'has counted 4 words',
    );
    expect(verdict(progress('succeeded', { counters: {} }))?.message).toContain('has counted 0 words');
  });

  it('asks nothing of a coordinator that has restarted', () => {
    expect(verdict(progress('succeeded', { counters: {} }, 2))).toBeUndefined();
  });
});

describe('contract', () => {
  const verdict = (...rows: Row[]) => verdictOf(contract(), [posted, ...rows]);

  it('accepts a progress that adds up', () => {
    expect(
      verdict(progress('running', { reduce: { ...done(2), done: 1 } }), progress('succeeded')),
    ).toBeUndefined();
  });

  it.each([
    ['more is done than there is', { map: { ...done(1), done: 2 } }, 'running'],
    ['more backups than attempts', { map: { ...done(1), backups: 2 } }, 'running'],
    ['more input done than there is', { inputBytes: { total: 6, done: 7 } }, 'running'],
    ['success with a reduce task open', { reduce: { ...done(2), done: 1 } }, 'succeeded'],
    ['other map tasks than splits', { map: done(3) }, 'succeeded'],
  ] as const)('fires for %s', (_, more, state) => {
    expect(verdict(progress(state, more))).toMatchObject({ property: 'contract' });
  });

  it('fires when a job that is over goes on', () => {
    expect(verdict(progress('succeeded'), progress('running'))?.message).toContain(
      'a job that has succeeded is running',
    );
  });

  it('says what an implementation has misused', () => {
    expect(verdict(['w1', { kind: 'misused', what: 'status() gave neither' }])?.message).toContain(
      'status()',
    );
  });
});
