import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTgz, makeZip } from '../../../test-harness/test/load/make-archive.ts';
import { parseExportName } from '../src/class/export-names.ts';
import { findSubmissions, type Submission } from '../src/index.ts';
import { makeLab, makeTest, ScriptedEngine } from './helpers.ts';

const LAB = makeLab([makeTest('toy/A/one', 10)]);
const ENTRY = { name: 'toy.ts', content: 'export default 1;' };

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-export-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Buffer = ''): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const engine = new ScriptedEngine([LAB], () => 'pass');

async function find(): Promise<readonly Submission[]> {
  return (await findSubmissions(engine, [folder], [LAB], [LAB])).submissions;
}

/** What of each submission would be read, or why nothing is. */
async function contents(): Promise<Record<string, string[] | string>> {
  const found: Record<string, string[] | string> = {};
  for (const { name, handin, problem } of await find()) {
    const read = await engine.readSubmission(handin);
    found[name] = problem ?? (read.ok ? [...read.sources.files.keys()] : read.message);
  }
  return found;
}

describe('names that platforms give', () => {
  test.each([
    ['doejane_12345_67890_toy.zip', { id: '12345', person: 'doejane', file: 'toy.zip' }],
    [
      'doejane_LATE_12345_67890_toy-2.tar.gz',
      { id: '12345', person: 'doejane', isLate: true, file: 'toy.tar.gz' },
    ],
    ['müllerfrançois_7_8_my_own_name.ts', { id: '7', person: 'müllerfrançois', file: 'my_own_name.ts' }],
    ['Jane Doe_55_assignsubmission_file_', { id: '55', person: 'Jane Doe' }],
    ['Jane Doe_55_assignsubmission_file_toy.zip', { id: '55', person: 'Jane Doe', file: 'toy.zip' }],
    ['submission_98765', { id: '98765' }],
    ['ann.zip', undefined],
    ['lab_2_solution.zip', undefined],
  ])('%s', (name, expected) => {
    expect(parseExportName(name)).toEqual(expected);
  });
});

describe('a folder from Canvas', () => {
  test('has a submission for each student, by their number', async () => {
    put('doejane_12345_1_toy.zip', makeZip([ENTRY]));
    put('roejohn_LATE_77_2_solution-1.tgz', makeTgz([{ ...ENTRY, name: 'lab/toy.ts' }]));
    put('notes.txt', 'from the teacher');
    expect(await contents()).toEqual({ '12345': ['toy.ts'], '77': ['toy.ts'] });
    expect(await find()).toMatchObject([
      { students: [{ id: '12345', name: 'doejane' }] },
      { students: [{ id: '77', name: 'roejohn' }], isMarkedLate: true },
    ]);
  });

  test('puts the single files of one student together again', async () => {
    put('doejane_5_1_toy-3.ts', 'a');
    put('doejane_5_2_log.ts', 'b');
    put('doejane_5_3_report.pdf', 'c');
    expect(await contents()).toEqual({ '5': ['log.ts', 'toy.ts'] });
  });

  test('does not choose among several archives of one student', async () => {
    put('doejane_5_1_toy.zip', makeZip([ENTRY]));
    put('doejane_5_2_other.zip', makeZip([ENTRY]));
    expect(await contents()).toEqual({
      '5':
        'There is more than one submission of this student: doejane_5_1_toy.zip, doejane_5_2_other.zip; ' +
        'leave the one that counts.',
    });
  });
});

describe('a folder from Moodle', () => {
  test('has a folder for each student, with files or with an archive in it', async () => {
    put('Jane Doe_55_assignsubmission_file_/toy.ts');
    put('Øre Å_56_assignsubmission_file/work.zip', makeZip([ENTRY]));
    put('Jo_57_assignsubmission_file_toy.ts');
    expect(await contents()).toEqual({ '55': ['toy.ts'], '56': ['toy.ts'], '57': ['toy.ts'] });
  });
});

describe('a folder from Gradescope', () => {
  test('says in a file of its own whose each submission is, and since when', async () => {
    put('submission_1/toy.ts');
    put('submission_2/toy.ts');
    put('submission_3/toy.ts');
    put(
      'submission_metadata.yml',
      `---
submission_1:
  :submitters:
  - :name: Jane Doe
    :sid: '0042'
    :email: jane@example.edu
  :created_at: 2026-02-03 22:15:00.000000000 Z
submission_2:
  :submitters:
  - {:name: Ann, :email: ann@example.edu}
  - {:name: Bob, :sid: 43}
`,
    );
    expect(await find()).toMatchObject([
      {
        name: '0042',
        students: [{ id: '0042', name: 'Jane Doe', email: 'jane@example.edu' }],
        handedInAt: '2026-02-03T22:15:00.000Z',
      },
      { name: '3', students: [{ id: '3' }] },
      { name: 'ann@example.edu+43' },
    ]);
  });

  test('is graded though that file is damaged', async () => {
    put('submission_1/toy.ts');
    put('submission_metadata.yml', 'a: [');
    expect(await contents()).toEqual({ '1': ['toy.ts'] });
  });
});

describe('other folders', () => {
  test('may hold folders and archives, whatever they are called', async () => {
    put('ann/toy.ts');
    put('bob.zip', makeZip([ENTRY]));
    put('éva 😀.tar.gz', makeTgz([{ name: 'éva/toy.ts' }]));
    put('__MACOSX/x.ts');
    expect(await contents()).toEqual({ ann: ['toy.ts'], bob: ['toy.ts'], 'éva 😀': ['toy.ts'] });
  });

  test('tell an archive and a folder of one name apart', async () => {
    put('ann/toy.ts');
    put('ann.zip', makeZip([ENTRY]));
    const names = (await find()).map(({ name }) => name.split('/').at(-1));
    expect([...names].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))).toEqual(['ann', 'ann.zip']);
  });
});
