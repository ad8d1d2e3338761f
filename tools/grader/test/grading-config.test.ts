import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO_ROOT } from '@lockstep/test-harness/runner';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadGrading, gradingSchema, makeGrading, readGradingConfig, type Grading } from '../src/index.ts';
import { makeLab, makeTest } from './helpers.ts';

const LAB = makeLab([makeTest('toy/A/one', 10), makeTest('toy/A/two', 5), makeTest('toy/A/three', 5)]);

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-grading-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** What is graded with a `grading.yaml` of this text. */
async function gradingOf(text: string): Promise<Grading> {
  const read = readGradingConfig(write('grading.yaml', `version: lockstep-grading/1\n${text}`));
  return makeGrading({
    labs: [LAB],
    read,
    seeds: read.config.seeds ?? 10,
    env: { COURSE_SECRET: 'not so easily guessed' },
    withSuites: (lab) => {
      const hidden = makeTest('toy/A/hidden', 20);
      return Promise.resolve({
        ...lab,
        parts: lab.parts.map((part) => ({ ...part, tests: [...part.tests, hidden] })),
      });
    },
  });
}

/** The points of each test. */
async function pointsWith(text: string): Promise<Record<string, number>> {
  const { plans } = await gradingOf(text);
  const tests = plans[0]?.lab.parts.flatMap((part) => part.tests) ?? [];
  return Object.fromEntries(tests.map(({ id, points }) => [id, points]));
}

describe('grading.yaml', () => {
  test('need say nothing', async () => {
    const grading = await gradingOf('');
    expect(grading).toMatchObject({
      credit: 'all-seeds',
      hasSecret: false,
      showsHiddenFailures: false,
      seeds: 10,
    });
    expect(grading.limits).toEqual({ lostRuns: 1, lostTests: 3, wallMs: 3_600_000 });
  });

  test('is in the documentation as it is in the code', () => {
    const page = readFileSync(join(REPO_ROOT, 'docs/grading.md'), 'utf8');
    const example = /```yaml\n(.*?)```/s.exec(page)?.[1] ?? '';
    const config = gradingSchema.parse(parse(example));
    // Whatever there is to be said is said in the example.
    expect(Object.keys(config).sort()).toEqual(Object.keys(gradingSchema.shape).sort());
  });

  test('says what tests are worth: by pattern, by part, and the whole lab', async () => {
    expect(await pointsWith('labs: { toy: { points: { "toy/A/t*": 1, toy/A/two: 3 } } }')).toEqual({
      'toy/A/one': 10,
      'toy/A/two': 3,
      'toy/A/three': 1,
    });
    expect(await pointsWith('labs: { toy: { parts: { A: 100 } } }')).toEqual({
      'toy/A/one': 50,
      'toy/A/two': 25,
      'toy/A/three': 25,
    });
    expect(await pointsWith('labs: { toy: { weight: 2, tests: [toy/A/one, toy/A/two] } }')).toEqual({
      'toy/A/one': (10 * 2) / 15,
      'toy/A/two': (5 * 2) / 15,
    });
  });

  test('says how many seeds each test gets', async () => {
    const { plans } = await gradingOf('seeds: 20\nlabs: { toy: { seeds: { toy/A/one: 50 } } }');
    expect(['toy/A/one', 'toy/A/two'].map((id) => plans[0]?.seedsOf(id))).toEqual([50, 20]);
  });

  test('names private suites, whose tests are hidden', async () => {
    write('extra.ts', '');
    const { plans } = await gradingOf('labs: { toy: { suites: [extra.ts] } }');
    expect([...(plans[0]?.hidden ?? [])]).toEqual(['toy/A/hidden']);
    expect(plans[0]?.suites).toEqual([join(folder, 'extra.ts')]);
  });

  test('says where the secret is, from which each test has seeds of its own', async () => {
    const { plans, hasSecret } = await gradingOf('secret: { env: COURSE_SECRET }');
    expect(hasSecret).toBe(true);
    write('secret.txt', 'not so easily guessed\n');
    const same = await gradingOf('secret: { file: secret.txt }');
    const seeds = (grading: Pick<Grading, 'plans'>): unknown[] =>
      ['toy/A/one', 'toy/A/two'].map((id) => grading.plans[0]?.seedAt(id, 0));
    expect(seeds({ plans })).toEqual(seeds(same));
    expect(new Set(seeds(same)).size).toBe(2);
  });

  test('gives partial credit three lost runs of a test, unless told otherwise', async () => {
    expect((await gradingOf('credit: share')).limits).toMatchObject({ lostRuns: 3, lostTests: Infinity });
    expect((await gradingOf('limits: { lostRuns: 2, seconds: 60 }')).limits).toMatchObject({
      lostRuns: 2,
      wallMs: 60_000,
    });
  });

  test('has the due date in its zone, with what lateness costs', async () => {
    const { late } = await gradingOf('late: { due: 2026-10-01T23:59:00+02:00, freeDays: 2 }');
    expect(late).toEqual({
      dueMs: Date.UTC(2026, 9, 1, 21, 59),
      zone: '+02:00',
      graceMinutes: 0,
      freeDays: 2,
      penaltyPerDay: 10,
    });
  });

  test.each([
    ['sedes: 10', 'Unrecognized key'],
    ['seeds: many', 'at "seeds"'],
    ['credit: half', 'at "credit"'],
    ['labs: [toy', 'is no YAML'],
    ['labs: { toy: { points: { toy/A/four: 1 } } }', 'has no test "toy/A/four"'],
    ['labs: { toy: { parts: { Z: 1 } } }', 'has no part "Z"; it has A'],
    ['labs: { toy: { tests: [] } }', 'no test is left'],
    ['labs: { toy: { suites: [nowhere.ts] } }', 'There is no suite nowhere.ts'],
    ['secret: { env: NOT_SET }', 'There is no course secret in the variable NOT_SET'],
    ['secret: { file: nowhere }', 'There is no file'],
    ['secret: { file: grading.yaml, env: X }', 'at "secret"'],
    ['roster: { file: nowhere.csv }', 'There is no file'],
    ['late: { due: tomorrow }', '"tomorrow" is no due date'],
    ['late: { due: 2026-10-01T23:59:00 }', 'no due date'],
  ])('refuses %j in a sentence', async (text, message) => {
    await expect(gradingOf(text)).rejects.toThrow(BadGrading);
    await expect(gradingOf(text)).rejects.toThrow(message);
  });

  test('refuses a secret that could be guessed', async () => {
    write('secret.txt', 'raft2026');
    await expect(gradingOf('secret: { file: secret.txt }')).rejects.toThrow('shorter than 16 characters');
  });
});

describe('a roster', () => {
  test.each([
    [
      'Canvas',
      'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Doe, Jane",12345,u0001,jdoe,A\n',
      { id: '12345', name: 'Doe, Jane' },
      ['12345', 'u0001', 'jdoe', 'doe, jane'],
    ],
    [
      'Moodle',
      'Identifier,Full name,Email address,Status,Last modified (submission)\n' +
        'Participant 77,Jane Doe,jane@x.edu,Submitted,"Friday, 2 October 2026, 9:14 PM"\n',
      {
        id: 'Participant 77',
        name: 'Jane Doe',
        email: 'jane@x.edu',
        handedIn: 'Friday, 2 October 2026, 9:14 PM',
      },
      ['participant 77', '77', 'jane@x.edu', 'jane doe'],
    ],
    [
      'Gradescope',
      'First Name,Last Name,SID,Email,Submission Time\nJane,Doe,0001,jane@x.edu,2026-10-02 09:14:00 -0700\n',
      { id: '0001', name: 'Jane Doe', handedIn: '2026-10-02 09:14:00 -0700' },
      ['0001', 'jane@x.edu', 'jane doe'],
    ],
    ['a spreadsheet', '\ufeffid;Name;Extra days\nÉva;É. Va;2\n', { id: 'Éva', extraDays: 2 }, ['éva']],
  ])('is read as %s exports it', async (_, text, entry, keys) => {
    write('roster.csv', text);
    const { roster } = await gradingOf('roster: { file: roster.csv }');
    expect(roster).toHaveLength(1);
    expect(roster[0]).toMatchObject(entry);
    expect([...(roster[0]?.keys ?? [])]).toEqual(expect.arrayContaining(keys));
  });

  test('may have headers of its own', async () => {
    write('roster.csv', 'Matrikel,Wer,Abgabe\n77,Jane,2026-10-02 09:14\n');
    const columns = '{ id: Matrikel, name: Wer, handedIn: Abgabe }';
    const { roster } = await gradingOf(`roster: { file: roster.csv, columns: ${columns} }`);
    expect(roster[0]).toMatchObject({ id: '77', name: 'Jane', handedIn: '2026-10-02 09:14' });
    await expect(gradingOf('roster: { file: roster.csv }')).rejects.toThrow('no column that could be an id');
    await expect(gradingOf('roster: { file: roster.csv, columns: { id: Nummer } }')).rejects.toThrow(
      'has no column "Nummer"; it has Matrikel, Wer, Abgabe',
    );
  });
});

describe('overrides', () => {
  test.each([
    ['student,test,points\nann,toy/A/one,5\n', 'has no column "reason"'],
    ['student,test,points,reason\nann,toy/A/one,five,x\n', 'row 2: "five" is no number of points'],
    ['student,test,points,reason\nann,toy/A/one,5,\n', 'needs a reason'],
    ['student,test,points,reason\nann,total,5,x\nAnn,total,6,y\n', 'row 3: there is an override for total'],
  ])('are refused when they are incomplete: %j', async (text, message) => {
    write('overrides.csv', text);
    await expect(gradingOf('overrides: overrides.csv')).rejects.toThrow(message);
  });
});
