import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { discoverLabs, readSubmission, type LabInfo } from '@lockstep/test-harness/runner';
import { expectedSchema, findSubmissions, type Expected, type Submission } from '../src/index.ts';
import { CLASS_SIZE, makeCanvasClass } from './canvas-class.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-canvas-'));
let raft: LabInfo;
let submissions: readonly Submission[] = [];
let expected: Expected;

beforeAll(async () => {
  makeCanvasClass(folder);
  const labs = await discoverLabs();
  const found = labs.find(({ id }) => id === 'raft');
  if (found === undefined) throw new Error('there is no Raft lab');
  raft = found;
  const paths = [join(folder, 'submissions')];
  submissions = (await findSubmissions({ readSubmission }, paths, labs, [raft])).submissions;
  expected = expectedSchema.parse(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a class as Canvas exports it', () => {
  test('has forty students under their numbers, one archive each', () => {
    expect(readdirSync(join(folder, 'submissions'))).toHaveLength(CLASS_SIZE);
    expect(submissions.map(({ name }) => name)).toEqual(
      Array.from({ length: CLASS_SIZE }, (_, i) => `${10_000 + i}`),
    );
    expect(submissions.filter(({ isMarkedLate }) => isMarkedLate).length).toBe(4);
    expect(submissions.every(({ problem }) => problem === undefined)).toBe(true);
  });

  test('has a bomb of 200 MB in an archive of less than one', () => {
    const bomb = readdirSync(join(folder, 'submissions')).find((name) => name.endsWith('bomb.zip')) ?? '';
    expect(statSync(join(folder, 'submissions', bomb)).size).toBeLessThan(1_000_000);
  });

  test('is read, and what cannot be has its reason, in one sentence', async () => {
    const reasons: Record<string, string> = {};
    for (const { name, handin } of submissions) {
      const wanted = expected.submissions[name]?.['raft'];
      const read = await readSubmission(handin);
      if (read.ok) {
        const { files, unread } = read.sources;
        const hasEntry = files.has(raft.entry) || unread.has(raft.entry);
        expect(hasEntry, name).toBe(wanted?.status !== 'missing');
        continue;
      }
      expect(wanted?.status, `${name}: ${read.message}`).toBe('refused');
      expect(read.message).toMatch(/^[^\n]+\.$/);
      // The rest of what a library says of a damaged file is its own business.
      reasons[handin.path.split('_').at(-1) ?? ''] = read.message.slice(0, 70);
    }
    expect(reasons).toMatchInlineSnapshot(`
      {
        "climbs.zip": ""../../escaped.ts" leads out of the archive; make the archive of a pla",
        "corrupt.tgz": ""nguyễnanh_10039_90039_corrupt.tgz" is damaged: invalid distance too f",
        "corrupt.zip": ""oconnorsean_10016_90016_corrupt.zip" is damaged: End of central direc",
        "link.tgz": ""data.json" is a link; hand in the file itself.",
        "nothing.zip": ""lixiaoming_10033_90033_nothing.zip" is empty: it has no bytes.",
        "secret.zip": ""disk-writer.ts" is encrypted; hand in an archive without a password.",
      }
    `);
  }, 120_000);
});
