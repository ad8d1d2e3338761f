import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  findSubmissions,
  gradeClass,
  graderSeed,
  NothingToGrade,
  resultsSchema,
  timesSchema,
  toJson,
  type Graded,
  type GradeOptions,
} from '../src/index.ts';
import { makeLab, makeTest, makeToyGrading, ScriptedEngine, type Script } from './helpers.ts';

const LAB = makeLab([
  makeTest('toy/A/one', 10),
  makeTest('toy/A/two', 5, { split: { atLeast: 1, of: 2 } }),
  makeTest('toy/A/three', 1),
]);
const OTHER = makeLab([makeTest('other/A/one', 3)], 'other');

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-class-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function handIn(name: string, ...entries: string[]): void {
  mkdirSync(join(folder, name), { recursive: true });
  for (const entry of entries) writeFileSync(join(folder, name, entry), '');
}

/** Passes everything, and reaches everything. */
const perfect: Script = () => ({ reached: ['split'] });

async function grade(
  script: Script,
  options: Partial<GradeOptions> = {},
): Promise<Graded & { engine: ScriptedEngine }> {
  const engine = new ScriptedEngine([LAB, OTHER], script);
  return { ...(await gradeWith(engine, options)), engine };
}

async function gradeWith(engine: ScriptedEngine, options: Partial<GradeOptions> = {}): Promise<Graded> {
  const labs = await engine.discoverLabs();
  const { submissions } = await findSubmissions(engine, [folder], labs, [LAB]);
  return gradeClass(engine, labs, submissions, await makeToyGrading([LAB]), { jobs: 2, ...options });
}

describe('finding submissions', () => {
  const engine = new ScriptedEngine([LAB, OTHER], perfect);
  const find = async (...paths: string[]): Promise<string[]> => {
    const { submissions } = await findSubmissions(engine, paths, [LAB, OTHER], undefined);
    return submissions.map(({ name }) => name);
  };

  test('takes a folder with an entry file as one submission', async () => {
    handIn('ann', 'toy.ts');
    expect(await find(join(folder, 'ann'))).toEqual(['ann']);
  });

  test('takes the sub-folders of another one, with or without an entry file, sorted', async () => {
    handIn('zoe', 'toy.ts');
    handIn('ann', 'toy.ts');
    handIn('bob');
    handIn('.git');
    expect(await find(folder)).toEqual(['ann', 'bob', 'zoe']);
  });

  test('grades the labs that anybody has handed in, unless told which', async () => {
    handIn('ann', 'toy.ts');
    handIn('bob', 'other.ts');
    const labs = async (chosen?: (typeof LAB)[]): Promise<string[]> =>
      (await findSubmissions(engine, [folder], [LAB, OTHER], chosen)).labs.map(({ id }) => id);
    expect(await labs()).toEqual(['toy', 'other']);
    expect(await labs([OTHER])).toEqual(['other']);
  });

  test('tells folders of the same name apart', async () => {
    handIn('monday/ann', 'toy.ts');
    handIn('friday/ann', 'toy.ts');
    const names = await find(join(folder, 'monday'), join(folder, 'friday'));
    expect(names.map((name) => name.split('/').slice(-2))).toEqual([
      ['friday', 'ann'],
      ['monday', 'ann'],
    ]);
  });

  test('says what it was looking for when there is nothing', async () => {
    await expect(find(folder)).rejects.toThrow(NothingToGrade);
    await expect(find(folder)).rejects.toThrow('no folder or archive there holds toy.ts or other.ts');
    await expect(find(join(folder, 'nowhere'))).rejects.toThrow('There is no folder');
  });
});

describe('grading a class', () => {
  test('scores whoever passes, and writes results that fit their schema', async () => {
    handIn('ann', 'toy.ts');
    const { results, times } = await grade(perfect);
    expect(resultsSchema.parse(results).submissions[0]).toMatchObject({
      name: 'ann',
      points: 16,
      possible: 16,
    });
    expect(timesSchema.parse(times).submissions).toMatchObject([{ name: 'ann', runs: 9 }]);
  });

  test('gives a bad submission a row with the reason, and grades the others', async () => {
    handIn('ann', 'toy.ts');
    handIn('bob');
    handIn('broken', 'toy.ts');
    const { results } = await grade(perfect);
    expect(results.submissions.map(({ labs: [lab] }) => [lab?.status, lab?.points, lab?.reason])).toEqual([
      ['graded', 16, undefined],
      ['missing', 0, 'There is no toy.ts, nor any other TypeScript file.'],
      ['refused', 0, 'toy.ts:1:3: Expected ";".'],
    ]);
  });

  test('gives the same bytes again, whatever the order in which submissions end', async () => {
    for (const name of ['ann', 'bob', 'eve']) handIn(name, 'toy.ts');
    const script: Script = ({ name, seed }) =>
      name === 'bob' && seed > '8' ? 'fail' : { reached: ['split'] };
    const first = await grade(script, { jobs: 1 });
    const second = await grade(script, { jobs: 3 });
    expect(toJson(second.results)).toBe(toJson(first.results));
    expect([...second.failures]).toEqual([...first.failures]);
  });

  test('records the first failing seed of each failing test, and names the file', async () => {
    handIn('ann', 'toy.ts');
    const { results, failures, engine } = await grade(({ test: id }) =>
      id === 'toy/A/one' ? 'fail' : { reached: ['split'] },
    );
    const [one] = results.submissions[0]?.labs[0]?.tests ?? [];
    expect(one?.failure?.artefact).toBe(`failures/ann/toy-A-one-${graderSeed(0)}.json`);
    expect(failures.get(one?.failure?.artefact ?? '')).toMatchObject({ seed: graderSeed(0), lab: 'toy' });
    expect(engine.jobs.filter(({ record }) => record === true)).toHaveLength(1);
  });

  test('draws more seeds for a rare situation, and compares with the reference before it blames anybody', async () => {
    handIn('ann', 'toy.ts');
    const { results } = await grade(({ name }) => (name === 'reference' ? { reached: ['split'] } : 'pass'));
    const two = results.submissions[0]?.labs[0]?.tests[1];
    expect(two).toMatchObject({ status: 'fail', runs: 8, failure: { kind: 'not-reached' } });
    expect(results.submissions[0]).toMatchObject({ points: 11, possible: 16 });
  });

  test('bounds the time of all rounds together', async () => {
    handIn('ann', 'toy.ts');
    const { engine } = await grade(({ name }) => (name === 'reference' ? { reached: ['split'] } : 'pass'));
    const rounds = engine.jobs.filter(({ implementation: { name } }) => name === 'ann');
    expect(rounds[0]?.spentMs).toBe(0);
    expect(rounds.at(-1)?.spentMs).toBeGreaterThan(0);
  });

  test('takes points away from nobody for what the reference cannot do either', async () => {
    handIn('ann', 'toy.ts');
    const { results } = await grade(() => 'pass');
    expect(results.submissions[0]).toMatchObject({ points: 11, possible: 11 });
  });

  test('never counts our own fault against a submission', async () => {
    handIn('ann', 'toy.ts');
    const engine = new ScriptedEngine([LAB], perfect);
    engine.runJob = () => Promise.resolve({ rows: [], internalError: 'the child would not start' });
    const { results } = await gradeWith(engine);
    expect(results.submissions[0]).toMatchObject({
      status: 'not-graded',
      labs: [{ status: 'not-graded', reason: 'the child would not start' }],
    });
  });

  test('finds out when a run is not the same the second time', async () => {
    handIn('ann', 'toy.ts');
    const engine = new ScriptedEngine([LAB], () => 'fail');
    const runJob = engine.runJob.bind(engine);
    engine.runJob = (job, onRow, options) =>
      runJob(job, (row) => onRow(job.record === true ? { ...row, traceHash: 'other' } : row), options);
    const { results } = await gradeWith(engine);
    expect(results.submissions[0]?.labs[0]?.reason).toContain('gave two different runs of the same code');
  });

  test('believes a run that is another one only when somebody looks inside, and says so', async () => {
    handIn('ann', 'toy.ts');
    const engine = new ScriptedEngine([LAB], () => 'fail');
    const runJob = engine.runJob.bind(engine);
    engine.runJob = (job, onRow, options) =>
      runJob(job, (row) => onRow(job.inspect === true ? { ...row, traceHash: 'other' } : row), options);
    const { results } = await gradeWith(engine);
    const [lab] = results.submissions[0]?.labs ?? [];
    expect(lab?.status).toBe('graded');
    expect(lab?.tests.map(({ status }) => status)).not.toContain('pass');
  });

  test('an interruption leaves what was not finished ungraded', async () => {
    for (const name of ['ann', 'bob']) handIn(name, 'toy.ts');
    const interruption = new AbortController();
    const { results } = await grade(perfect, {
      jobs: 1,
      signal: interruption.signal,
      progress: { planned: () => undefined, ran: () => undefined, finished: () => interruption.abort() },
    });
    expect(results.submissions.map(({ status }) => status)).toEqual(['graded', 'not-graded']);
  });
});
