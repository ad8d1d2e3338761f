import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTgz, makeZip } from '../../../test-harness/test/load/make-archive.ts';
import { readExportNames } from '../src/class/export-names.ts';
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
  const [canvas, moodle] = [{ platform: 'Canvas' }, { platform: 'Moodle' }];
  const jane = { ...moodle, id: '55', person: 'Jane Doe' };
  const imitation = 'x_111_assignsubmission_file_toy.ts';

  test.each([
    ['doejane_12345_67890_toy.zip', { ...canvas, id: '12345', person: 'doejane', file: 'toy.zip' }],
    [
      'doejane_LATE_12345_67890_toy-2.tar.gz',
      { ...canvas, id: '12345', person: 'doejane', isLate: true, file: 'toy.tar.gz' },
    ],
    [
      'müllerfrançois_7_8_my_own_name.ts',
      { ...canvas, id: '7', person: 'müllerfrançois', file: 'my_own_name.ts' },
    ],
    ['LATE_anon_aB3xY_5_toy.ts', { ...canvas, id: 'aB3xY', isLate: true, file: 'toy.ts' }],
    ['Jane Doe_55_assignsubmission_file_', jane],
    ['Jane Doe_55_assignsubmission_file_toy.zip', { ...jane, file: 'toy.zip' }],
    ['Jane_Doe_55_assignsubmission_file_toy.ts', { ...jane, person: 'Jane_Doe', file: 'toy.ts' }],
    [
      'Default group_assignsubmission_file_toy.ts',
      { ...moodle, id: 'Default group', person: 'Default group', file: 'toy.ts' },
    ],
    ['submission_98765', { platform: 'Gradescope', id: '98765' }],
    ['ann.zip', undefined],
    ['lab_2_solution.zip', undefined],
  ])('%s', (name, expected) => {
    expect(readExportNames([name]).get(name)).toEqual(expected);
  });

  const mallory = { id: '222', person: 'mallory' };
  test.each([
    [`mallory_222_5_${imitation}`, { ...canvas, ...mallory, file: imitation }],
    ['mallory_222_5_x_111_7_toy.ts', { ...canvas, ...mallory, file: 'x_111_7_toy.ts' }],
    ['mallory_222_5_LATE_111_7_toy.ts', { ...canvas, ...mallory, file: 'LATE_111_7_toy.ts' }],
    ['mallory_LATE_222_5_x_111_7_toy.ts', { ...canvas, ...mallory, isLate: true, file: 'x_111_7_toy.ts' }],
    // The platform leaves nothing of a name without letters, and a name of digits as it is.
    ['_222_5_x_111_7_toy.ts', { ...canvas, id: '222', file: 'x_111_7_toy.ts' }],
    ['111_222_5_toy.ts', { ...canvas, id: '222', person: '111', file: 'toy.ts' }],
    ['mal_lory_222_5_toy.ts', { ...canvas, id: '222', person: 'mal_lory', file: 'toy.ts' }],
    ['anon_aB3xY_5_x_111_7_toy.ts', { ...canvas, id: 'aB3xY', file: 'x_111_7_toy.ts' }],
    ['mallory_222_5_x\n_111_7_toy.ts', { ...canvas, ...mallory, file: 'x\n_111_7_toy.ts' }],
    [`mallory_222_assignsubmission_file_${imitation}`, { ...moodle, ...mallory, file: imitation }],
    ['mallory_222_assignsubmission_file_1_2_toy.ts', { ...moodle, ...mallory, file: '1_2_toy.ts' }],
    ['mallory_222_assignsubmission_other_1_2_toy.ts', { ...moodle, ...mallory, file: '1_2_toy.ts' }],
    [`mallory_222_assignsubmission_file_\n${imitation}`, { ...moodle, ...mallory, file: `\n${imitation}` }],
    ['No group_assignsubmission_file_1_2_toy.ts', { id: 'No group', file: '1_2_toy.ts' }],
    ['mal_lory_222_assignsubmission_file_x_111_assignsubmission_file_', { id: '222', person: 'mal_lory' }],
  ])('end before the name that a student has given: %j', (name, expected) => {
    expect(readExportNames([name]).get(name)).toMatchObject(expected);
  });

  test('are read as those of the one platform that explains all of them', () => {
    const odd = 'anon_b_222_5_toy.ts';
    expect(readExportNames([odd, 'doejane_111_4_toy.ts']).get(odd)).toMatchObject({ id: '222' });
    // A display name that imitates Moodle, in a folder from Canvas.
    const worse = 'x_111_assignsubmission_file_y_222_5_toy.ts';
    expect(readExportNames([worse, 'doejane_111_4_toy.ts']).get(worse)).toMatchObject({ id: '222' });
  });

  test('are each read for themselves where exports of several platforms lie together', () => {
    const names = [
      'Jane_1_assignsubmission_file_x_2_3_toy.ts',
      'Jo_3_assignsubmission_file_toy.ts',
      'doejane_2_4_toy.ts',
    ];
    expect([...readExportNames(names).values()]).toMatchObject([
      { platform: 'Moodle', id: '1' },
      { platform: 'Moodle', id: '3' },
      { platform: 'Canvas', id: '2' },
    ]);
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
        'There is more than one submission of this student: "doejane_5_1_toy.zip", "doejane_5_2_other.zip"; ' +
        'leave the one that counts.',
    });
  });
});

/** Two students, the second of whom names a file as if it were the first's. */
describe.each([
  ['Canvas', (file: string) => `doejane_111_1_${file}`, (file: string) => `mallory_222_2_${file}`],
  [
    'Moodle',
    (file: string) => `Jane Doe_111_assignsubmission_file_${file}`,
    (file: string) => `Mallory_222_assignsubmission_file_${file}`,
  ],
])('nobody vanishes from a folder from %s', (_, jane, mallory) => {
  test.each(['x_111_assignsubmission_file_toy.ts', 'x_111_1_toy.ts', jane('toy.ts'), 'toy.ts_111_9_toy.ts'])(
    'whose file is called %s',
    async (file) => {
      put(jane('toy.ts'), 'of Jane');
      put(mallory(file), 'of Mallory');
      expect(await contents()).toEqual({ '111': ['toy.ts'], '222': [file] });
    },
  );

  test('whose archive is called as if it were of somebody else', async () => {
    put(jane('toy.ts'), 'of Jane');
    put(mallory(jane('toy.zip')), makeZip([ENTRY]));
    expect(await contents()).toEqual({ '111': ['toy.ts'], '222': ['toy.ts'] });
  });

  test('who has handed in nothing that can be graded', async () => {
    put(jane('toy.pdf'));
    put(jane('toy.js'));
    expect(await contents()).toEqual({
      '111':
        'There is neither a TypeScript file nor an archive of this student, only ' +
        `"${jane('toy.js')}", "${jane('toy.pdf')}".`,
    });
  });

  test('whose number stands beside the name of another', async () => {
    put(jane('toy.ts'), 'of Jane');
    put(jane('toy.json').replace(/^\D+/, 'x_'), '{}');
    const found = await contents();
    expect(Object.keys(found)).toEqual(['111']);
    expect(found['111']).toMatch(/^This number stands beside names of different people: .*x_111_.*toy.json/);
  });
});

describe('files of one student', () => {
  test('with the same name are a problem, and none of them is chosen', async () => {
    put('doejane_5_1_toy.ts', 'a');
    put('doejane_5_2_toy-1.ts', 'b');
    expect(await contents()).toEqual({
      '5':
        'There is more than one "toy.ts" of this student: "doejane_5_1_toy.ts", "doejane_5_2_toy-1.ts"; ' +
        'leave the one that counts.',
    });
  });

  test('make the submission late when one of them is', async () => {
    put('doejane_5_1_toy.ts', 'a');
    put('doejane_LATE_5_2_log.ts', 'b');
    expect(await find()).toMatchObject([{ name: '5', isMarkedLate: true }]);
  });

  test('are not mixed with those of a student with the same number on another platform', async () => {
    put('doejane_5_1_toy.ts', 'a');
    put('Jane Doe_5_assignsubmission_file_toy.ts', 'b');
    const names = (await find()).map(({ name }) => name.split('/').at(-1));
    expect(new Set(names)).toEqual(
      new Set(['Jane Doe_5_assignsubmission_file_toy.ts', 'doejane_5_1_toy.ts']),
    );
  });

  test('count though the name of the student begins with a dot', async () => {
    put('.Jane_5_assignsubmission_file_toy.ts', 'a');
    put('._.Jane_5_assignsubmission_file_toy.ts', 'a shadow');
    expect(await contents()).toEqual({ '5': ['toy.ts'] });
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
