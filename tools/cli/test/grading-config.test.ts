import { resultsSchema, type Results } from '@lockstep/grader';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { idleRaft, lockstep, makeFolder } from './run-cli.ts';

const HIDDEN = `import { definePart, defineTest } from '@lockstep/test-harness/suite';
  const asks = defineTest({
    id: 'raft/Z/asks-nothing', title: 'Asks nothing', about: 'Two servers start, and that is all.',
    points: 7, servers: 2, run: (cluster) => cluster.sleep(1),
  });
  export default definePart({ id: 'Z', title: 'hidden', tests: [asks] });`;

const CONFIG = `version: lockstep-grading/1
seeds: 2
credit: share
secret: { file: private/secret.txt }
labs:
  raft:
    tests: [raft/A/initial-election, raft/Z/*]
    suites: [private]
overrides: overrides.csv
roster: { file: roster.csv }
`;

function makeClass(): string {
  return makeFolder({
    'class/doejane_123_456_raft/raft.ts': idleRaft("throw new Error('not today');"),
    'private/secret.txt': 'nobody can guess this one',
    'private/hidden.ts': HIDDEN,
    'grading.yaml': CONFIG,
    'roster.csv': 'Student,ID,SIS Login ID\n"Doe, Jane",123,jane\n"Roe, Rick",124,rick\n',
    'overrides.csv': 'student,test,points,reason\njane,raft/A/initial-election,2,half of it was there\n',
  });
}

function readResults(cwd: string): Results {
  return resultsSchema.parse(JSON.parse(readFileSync(join(cwd, 'out/results.json'), 'utf8')));
}

const ARGS = ['grade', 'class', '--config', 'grading.yaml', '--out', 'out'];

describe('lockstep grade --config', () => {
  test('grades as grading.yaml says, with hidden tests and hidden seeds', async () => {
    const cwd = makeClass();
    const { status, err } = await lockstep(ARGS, { cwd });
    expect(status, err).toBe(0);
    const { labs, submissions, credit, hasSecretSeeds } = readResults(cwd);
    expect([credit, hasSecretSeeds]).toEqual(['share', true]);
    expect(labs[0]?.tests.map(({ id, hidden }) => [id, hidden])).toEqual([
      ['raft/A/initial-election', undefined],
      ['raft/Z/asks-nothing', true],
    ]);
    expect(submissions.map(({ name, students, points }) => [name, students?.[0]?.name, points])).toEqual([
      ['123', 'Doe, Jane', 2],
      ['124', 'Roe, Rick', 0],
    ]);
    expect(submissions[0]?.labs[0]?.tests[0]?.failure).toMatchObject({ kind: 'crash' });
    expect(submissions[0]?.labs[0]?.tests[0]?.failure?.seed).toBeUndefined();
    expect(existsSync(join(cwd, 'out/failures'))).toBe(false);
    const report = readFileSync(join(cwd, 'out/report.html'), 'utf8');
    expect(report).toMatch(/Doe, Jane.*half of it was there/s);
    expect(report).toContain('Nothing was handed in.');
    expect(report).toContain('Students do not have one of the tests');
  });

  test('scores again without running when only points have changed', async () => {
    const cwd = makeClass();
    await lockstep(ARGS, { cwd });
    const first = readFileSync(join(cwd, 'out/results.json'), 'utf8');
    await lockstep(ARGS, { cwd });
    expect(readFileSync(join(cwd, 'out/results.json'), 'utf8')).toBe(first);
    const runs = (): string[] => {
      const folder = join(cwd, 'out/runs');
      return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    };
    const before = runs();
    expect(before.join('').split('\n').length).toBeGreaterThan(4);
    writeFileSync(join(cwd, 'grading.yaml'), 'version: lockstep-grading/1\ncredit: half\n');
    const { status, err } = await lockstep(ARGS, { cwd });
    expect(status).toBe(2);
    expect(err).toMatch(/^lockstep: grading\.yaml: at "credit": Invalid option.*\n$/);
  });
});
