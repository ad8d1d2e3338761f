import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  findSubmissions,
  gradeClass,
  resultsSchema,
  secretSeed,
  toJson,
  withStoredRuns,
  type Graded,
  type GradingConfig,
  type SubmissionResult,
} from '../src/index.ts';
import { makeLab, makeTest, makeToyGrading, ScriptedEngine, type Script } from './helpers.ts';

const LAB = makeLab([makeTest('toy/A/one', 10), makeTest('toy/A/two', 5)]);

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-regrade-'));
  for (const name of ['ann', 'bob']) handIn(name);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function handIn(name: string): void {
  mkdirSync(join(folder, 'class', name), { recursive: true });
  writeFileSync(join(folder, 'class', name, 'toy.ts'), '');
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

/** Of three seeds of its second test, bob fails one. */
const script: Script = ({ name, test: id, seed }) =>
  name === 'bob' && id === 'toy/A/two' && seed === seeds()[1] ? 'fail' : 'pass';

const SECRET = 'a secret of the course';
const seeds = (): string[] => [0, 1, 2].map((i) => secretSeed(SECRET, 'toy/A/two', i));

/** Grades the class, with what earlier gradings have left behind; also the engine that did the work. */
async function grade(
  config: Partial<GradingConfig> = {},
  how: { readonly script?: Script; readonly identity?: string; readonly earlier?: Graded } = {},
): Promise<Graded & { readonly engine: ScriptedEngine }> {
  const engine = new ScriptedEngine([LAB], how.script ?? script);
  engine.identity = how.identity ?? engine.identity;
  const { submissions } = await findSubmissions(engine, [join(folder, 'class')], [LAB], [LAB]);
  const grading = await makeToyGrading([LAB], { secret: { env: 'COURSE_SECRET' }, ...config }, folder);
  const graded = await gradeClass(
    withStoredRuns(engine, join(folder, 'out/runs')),
    [LAB],
    submissions,
    grading,
    {
      jobs: 2,
      earlierFailure: (path) => how.earlier?.failures.get(path),
    },
  );
  resultsSchema.parse(graded.results);
  return { ...graded, engine };
}

function of(graded: Graded, name: string): SubmissionResult {
  const found = graded.results.submissions.find((submission) => submission.name === name);
  if (found === undefined) throw new Error(`${name} has no result`);
  return found;
}

describe('a regrade', () => {
  test('runs nothing, and gives the same bytes', async () => {
    const first = await grade({ hiddenFailures: 'shown' });
    expect(first.engine.runs).toHaveLength(12);
    const second = await grade({ hiddenFailures: 'shown' }, { earlier: first });
    expect(second.engine.jobs).toEqual([]);
    expect(toJson(second.results)).toBe(toJson(first.results));
    expect([...second.failures]).toEqual([...first.failures]);
  });

  test('with other points for a test, or another policy, runs nothing', async () => {
    await grade();
    const points = await grade({ labs: { toy: { points: { 'toy/A/two': 20 } } } });
    expect(points.engine.runs).toEqual([]);
    expect([of(points, 'ann').points, of(points, 'bob').points]).toEqual([30, 10]);
    const share = await grade({ credit: 'share', labs: { toy: { points: { 'toy/A/two': 20 } } } });
    expect(share.engine.runs).toEqual([]);
    expect(of(share, 'bob').points).toBeCloseTo(10 + (20 * 2) / 3, 5);
  });

  test('with more seeds, or for one more student, runs only what is new', async () => {
    await grade();
    handIn('eve');
    expect((await grade()).engine.runs).toHaveLength(6);
    expect((await grade({ seeds: 4 })).engine.runs).toHaveLength(6);
  });

  test('with another edition of the suite, or after a change of the secret, runs everything', async () => {
    await grade();
    expect((await grade({}, { identity: 'second edition' })).engine.runs).toHaveLength(12);
    write('secret.txt', 'another secret of the course');
    expect((await grade({ secret: { file: 'secret.txt' } })).engine.runs).toHaveLength(12);
  });

  test('goes on where an interruption cut a line off', async () => {
    await grade();
    const runs = join(folder, 'out/runs');
    for (const name of readdirSync(runs)) {
      const text = readFileSync(join(runs, name), 'utf8');
      writeFileSync(join(runs, name), text.slice(0, -40));
    }
    expect((await grade()).engine.runs).toHaveLength(2);
  });

  test('makes charged runs again when the limits have changed, and only then', async () => {
    const hangs: Script = ({ test: id }) => (id === 'toy/A/one' ? 'charged' : 'pass');
    await grade({}, { script: hangs });
    expect((await grade({}, { script: hangs })).engine.runs).toEqual([]);
    const { engine } = await grade({ limits: { seconds: 7200 } }, { script: hangs });
    expect(engine.runs).toHaveLength(6);
  });
});

describe('what lies below', () => {
  const upper = { ...LAB, layers: ['base'] };
  const base = makeLab([makeTest('base/A/one', 1)], 'base');

  async function gradeUpper(
    layers: 'reference' | 'own',
  ): Promise<Graded & { readonly engine: ScriptedEngine }> {
    const engine = new ScriptedEngine([upper, base], () => 'pass');
    const { submissions } = await findSubmissions(engine, [join(folder, 'class')], [upper, base], [upper]);
    const grading = await makeToyGrading([upper], { labs: { toy: { layers } } }, folder);
    const stored = withStoredRuns(engine, join(folder, 'out/runs'));
    return { ...(await gradeClass(stored, [upper, base], submissions, grading, { jobs: 1 })), engine };
  }

  test('is the reference, or the own implementation, which has to be there', async () => {
    writeFileSync(join(folder, 'class/ann/base.ts'), '');
    const onReference = await gradeUpper('reference');
    expect(onReference.engine.jobs[0]?.layers['base']?.name).toBe('reference');
    const onOwn = await gradeUpper('own');
    // Runs on another layer are other runs.
    expect(onOwn.engine.jobs[0]?.layers['base']?.name).toBe('ann');
    expect(onOwn.engine.jobs[0]?.references?.['base']?.name).toBe('reference');
    expect(of(onOwn, 'ann').points).toBe(15);
    expect(of(onOwn, 'bob').labs[0]).toMatchObject({
      status: 'refused',
      reason: 'There is no base.ts; there is only "toy.ts". The toy lab is graded on the submission\'s own.',
    });
  });
});

describe('seeds that are derived from a secret', () => {
  test('are shown nowhere, and nothing is recorded of them', async () => {
    const graded = await grade();
    expect(of(graded, 'bob').labs[0]?.tests[1]).toMatchObject({ status: 'fail', passed: 2, failed: 1 });
    expect(graded.failures.size).toBe(0);
    const runs = join(folder, 'out/runs');
    const stored = readdirSync(runs).map((name) => readFileSync(join(runs, name), 'utf8'));
    const everything = [toJson(graded.results), toJson(graded.times), ...stored].join('');
    for (const seed of seeds()) expect(everything).not.toContain(seed);
    expect(everything).not.toContain(SECRET);
  });

  test('are shown where they fail, if the teacher wants it', async () => {
    const graded = await grade({ hiddenFailures: 'shown' });
    const failure = of(graded, 'bob').labs[0]?.tests[1]?.failure;
    expect(failure?.seed).toBe(seeds()[1]);
    expect([...graded.failures.keys()]).toEqual([failure?.artefact]);
  });
});

describe('overrides and the roster', () => {
  const lists = {
    overrides: 'overrides.csv',
    roster: { file: 'roster.csv' },
    late: { due: '2026-10-01T23:59:00+02:00', freeDays: 1, penaltyPerDay: 20 },
  };

  beforeEach(() => {
    write('overrides.csv', 'student,test,points,reason\nb@x.edu,toy/A/two,4,the seed was unfair\n');
    write(
      'roster.csv',
      'ID,Name,Email,Handed in\nann,Ann A.,a@x.edu,2026-10-01 23:58\nbob,Bob B.,b@x.edu,2026-10-04 10:00\n' +
        'cyd,Cyd C.,c@x.edu,\n',
    );
  });

  test('survive a regrade, which gives the same bytes', async () => {
    const first = await grade(lists);
    const second = await grade(lists);
    expect(toJson(second.results)).toBe(toJson(first.results));
    expect(of(second, 'bob').labs[0]?.tests[1]).toMatchObject({
      points: 4,
      override: { earned: 0, reason: 'the seed was unfair' },
    });
  });

  test('give students their names, and whoever has handed in nothing a row', async () => {
    const graded = await grade(lists);
    expect(of(graded, 'ann')).toMatchObject({
      students: [{ id: 'ann', name: 'Ann A.', email: 'a@x.edu' }],
      points: 15,
    });
    expect(of(graded, 'cyd')).toMatchObject({
      points: 0,
      possible: 15,
      labs: [{ status: 'missing', reason: 'Nothing was handed in.' }],
    });
  });

  test('take off what lateness costs, after free days, and after overrides', async () => {
    const graded = await grade(lists);
    expect(of(graded, 'ann').late).toBeUndefined();
    expect(of(graded, 'bob')).toMatchObject({
      handedInAt: '2026-10-04T08:00:00.000Z',
      late: { days: 3, charged: 2, factor: 0.6, before: 14 },
      points: 8.4,
    });
  });

  test('may replace a lab, or the total, which no lateness lowers', async () => {
    const text = 'student,test,points,reason\nann,toy,12,oral exam\nBob B.,total,9,settled in person\n';
    write('overrides.csv', text);
    const graded = await grade(lists);
    expect(of(graded, 'ann')).toMatchObject({
      points: 12,
      labs: [{ override: { earned: 15, reason: 'oral exam' } }],
    });
    expect(of(graded, 'bob')).toMatchObject({ points: 9, override: { reason: 'settled in person' } });
  });

  test('give points to whose work could not be run', async () => {
    write('overrides.csv', 'student,test,points,reason\ncyd,toy/A/one,7,shown on paper\n');
    expect(of(await grade(lists), 'cyd')).toMatchObject({
      points: 7,
      labs: [{ status: 'missing', points: 7, override: { earned: 0 } }],
    });
  });

  test.each([
    ['student,test,points,reason\ndan,total,1,x\n', 'for "dan", who is nobody in the class'],
    ['student,test,points,reason\nann,toy/A/three,1,x\n', 'for "toy/A/three", which is no test or lab'],
  ])('are refused before anything is run when they mean nothing: %j', async (text, message) => {
    write('overrides.csv', text);
    await expect(grade(lists)).rejects.toThrow(message);
  });

  test('name whoever is not on the list', async () => {
    handIn('eve');
    expect(of(await grade(lists), 'eve').notes).toEqual([
      'Not on the roster.',
      'Nobody knows when it was handed in; nothing was taken off for lateness.',
    ]);
  });

  test('show whoever has taken the name of a classmate, beside them', async () => {
    handIn('Ann A._9_assignsubmission_file');
    const graded = await grade(lists);
    expect(of(graded, '9').notes).toEqual(['By the roster, there is more of the same student: "ann".']);
    expect(of(graded, 'ann').notes).toEqual(['By the roster, there is more of the same student: "9".']);
    expect(of(graded, 'bob').notes).toBeUndefined();
  });

  test('are refused with a time that nobody can read', async () => {
    write('roster.csv', 'ID,Handed in\nann,yesterday\n');
    write('overrides.csv', 'student,test,points,reason\n');
    await expect(grade(lists)).rejects.toThrow('The roster has "yesterday" for ann');
  });
});
