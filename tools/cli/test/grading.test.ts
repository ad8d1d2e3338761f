import { resultsSchema, timesSchema, type Results } from '@lockstep/grader';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { idleRaft, lockstep, makeFolder } from './run-cli.ts';

/** A class whose submissions fail at once, so that a whole suite takes no time. */
function makeClass(): string {
  return makeFolder({
    'class/ann/raft.ts': idleRaft("throw new Error('not today');"),
    'class/bob/notes.txt': 'I have lost it',
    'class/éva 😀/raft.ts': 'export default (;\n',
    'class/expected.json': JSON.stringify({
      version: 'lockstep-expected/1',
      submissions: {
        ann: { raft: { points: 'none', reason: 'not today' } },
        bob: { raft: { points: 0, status: 'missing' } },
        'éva 😀': { raft: { points: 0, status: 'refused', reason: 'raft.ts:1' } },
      },
    }),
  });
}

function readResults(cwd: string, out = '.lockstep/grade'): Results {
  return resultsSchema.parse(JSON.parse(readFileSync(join(cwd, out, 'results.json'), 'utf8')));
}

describe('lockstep grade', () => {
  test('grades everybody, explains every oddity, and is done with status 0', async () => {
    const cwd = makeClass();
    const args = ['grade', 'class', '--seeds', '2', '--expect', 'class/expected.json'];
    const { status, out, err } = await lockstep(args, { cwd });
    expect(err).toContain('Every score is as expected.');
    expect(status).toBe(0);
    expect(out).toContain('There is no raft.ts, nor any other');
    expect(out).toMatch(/raft\.ts:1.*Unexpected/);
    expect(out + err).not.toMatch(/^\s+at /m);
    expect(readResults(cwd).submissions.map(({ name, points }) => [name, points])).toEqual([
      ['ann', 0],
      ['bob', 0],
      ['éva 😀', 0],
    ]);
    expect(
      timesSchema.safeParse(JSON.parse(readFileSync(join(cwd, '.lockstep/grade/times.json'), 'utf8')))
        .success,
    ).toBe(true);
  });

  test('writes a report without anything from elsewhere, whose links lead to files', async () => {
    const cwd = makeClass();
    await lockstep(['grade', 'class', '--seeds', '1', '--out', 'out'], { cwd });
    const report = readFileSync(join(cwd, 'out/report.html'), 'utf8');
    expect(report).not.toMatch(/(src|href)="(https?:)?\/\//);
    const links = [...report.matchAll(/href="([^"#]+)"/g)].map(([, link = '']) => decodeURI(link));
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(existsSync(join(cwd, 'out', link)), link).toBe(true);
  });

  test('gives the same bytes twice', async () => {
    const cwd = makeClass();
    const first = await lockstep(['grade', 'class', '--seeds', '1', '--json', '--jobs', '1'], { cwd });
    const second = await lockstep(['grade', 'class', '--seeds', '1', '--json', '--jobs', '3'], { cwd });
    expect(second.out).toBe(first.out);
    expect(resultsSchema.parse(JSON.parse(first.out)).submissions).toHaveLength(3);
  });

  test('ends with status 1 when a score is not as expected, and says which', async () => {
    const cwd = makeFolder({
      'ann/raft.ts': 'nonsense(;',
      'expected.json': JSON.stringify({
        version: 'lockstep-expected/1',
        submissions: { ann: { raft: { points: 'all' } } },
      }),
    });
    const { status, err } = await lockstep(['grade', 'ann', '--expect', 'expected.json'], { cwd });
    expect(err).toContain('These scores are not as expected:');
    expect(err).toMatch(/ann +raft +all points +0 of \d+ points/);
    expect(status).toBe(1);
  });

  test('writes what there is when interrupted', async () => {
    const cwd = makeFolder({
      'class/ann/raft.ts': 'nonsense(;',
      'class/bob/raft.ts': idleRaft('for (;;) { }'),
    });
    let isInterrupted = false;
    const { status } = await lockstep(['grade', 'class', '--seeds', '1'], {
      cwd,
      onOutput: (text, child) => {
        if (isInterrupted || !text.includes('ann: 0')) return;
        isInterrupted = true;
        child.kill('SIGINT');
      },
    });
    expect(status).toBe(130);
    expect(readResults(cwd).submissions.map(({ status: of }) => of)).toEqual(['graded', 'not-graded']);
  });
});
