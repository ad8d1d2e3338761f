import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { REPO_ROOT } from '@lockstep/test-harness/runner';
import { makeTgz, makeZip, type ArchiveEntry } from '../../../test-harness/test/load/make-archive.ts';

/*
 * A class folder as Canvas exports it: forty students, most with one of the shipped examples, packed as people pack,
 * and among them whatever a folder of a real class holds. Beside it a roster, a grading.yaml and the scores that
 * everybody must get. `npx nx run grader:class` makes one in `tmp/canvas`.
 */

const EXAMPLES = join(REPO_ROOT, 'examples/submissions/raft');

/** What an example must come to. Those that break in tests of their own have a few of the others' points. */
const EXPECTED: Readonly<Record<string, Expectation>> = {
  'async-loops': { points: 'all' },
  'prevote-whole-log': { points: 'all' },
  'figure-8': { points: { atLeast: 1, atMost: 1000 } },
  'forgotten-vote': { points: { atLeast: 1, atMost: 1000 } },
  'throws-on-start': { points: 'none', reason: 'Cannot read properties of undefined' },
  // On a busy machine its time is over before its memory is.
  'memory-hog': { points: 'none' },
  'never-yields': { points: 'none', reason: 'yields control' },
  'reads-files-and-exits': { points: 'none', reason: 'nothing to read and nowhere to go' },
  'syntax-error': { points: 'none', status: 'refused', reason: 'raft.ts:13' },
};

/** As in a file of expected scores. */
interface Expectation {
  readonly points: 'all' | 'none' | { readonly atLeast: number; readonly atMost: number };
  readonly status?: 'missing' | 'refused';
  readonly reason?: string;
}

/** One file of the export. */
interface Upload {
  readonly file: string;
  readonly bytes: Buffer;
  readonly expected: Expectation;
}

/** How somebody packs a folder. */
interface Packing {
  readonly file: string;
  readonly pack: (files: readonly ArchiveEntry[]) => Buffer;
}

function under(folder: string, files: readonly ArchiveEntry[]): ArchiveEntry[] {
  return files.map((file) => ({ ...file, name: `${folder}/${file.name.toString()}` }));
}

/** What macOS adds: a shadow of each file, in bytes that are no text. */
function withShadows(files: readonly ArchiveEntry[]): ArchiveEntry[] {
  const shadows = files.map(({ name }) => {
    const [path, base] = [name.toString(), basename(name.toString())];
    return {
      name: `__MACOSX/${path.slice(0, -base.length)}._${base}`,
      content: Buffer.from([0, 5, 22, 7, 0, 2]),
    };
  });
  return [...files, { name: '.DS_Store', content: Buffer.alloc(64) }, ...shadows];
}

const LIBRARY: ArchiveEntry = { name: 'node_modules/left-pad/index.ts', content: 'export default 1;' };

const PACKINGS: readonly Packing[] = [
  { file: 'raft.zip', pack: (files) => makeZip(files) },
  { file: 'lab 2.zip', pack: (files) => makeZip(under('lab 2', files)) },
  { file: 'Archiv.zip', pack: (files) => makeZip(withShadows(under('raft', files))) },
  { file: 'raft.tgz', pack: (files) => makeTgz(files) },
  { file: 'raft-1.tar.gz', pack: (files) => makeTgz(under('./raft', files)) },
  { file: 'Übung_2_größer.zip', pack: (files) => makeZip(under('Übung 2 – größer 😀', files)) },
  {
    file: 'with_everything.zip',
    pack: (files) => makeZip([...files, LIBRARY, { name: '.git/HEAD', content: 'ref' }]),
  },
  { file: 'notes.zip', pack: (files) => makeZip([...files, { name: 'README.md', content: '# My Raft' }]) },
];

/** What is odd about an upload. */
interface Oddity {
  readonly file: string;
  readonly bytes: (good: readonly ArchiveEntry[]) => Buffer;
  readonly expected: Expectation;
}

const refused = (reason: string): Expectation => ({ points: 'none', status: 'refused', reason });
const missing = (reason: string): Expectation => ({ points: 'none', status: 'missing', reason });

/** The bomb: so many bytes of nothing, in some kilobytes. */
const BOMB_BYTES = 200 * 2 ** 20;

const ODDITIES: readonly Oddity[] = [
  { file: 'empty.zip', bytes: () => makeZip([]), expected: missing('There is no raft.ts') },
  { file: 'nothing.zip', bytes: () => Buffer.alloc(0), expected: refused('is empty') },
  { file: 'corrupt.zip', bytes: (good) => makeZip(good).subarray(0, 3000), expected: refused('is damaged') },
  {
    file: 'corrupt.tgz',
    bytes: (good) => {
      const bytes = makeTgz(good);
      bytes.fill(0x55, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 64);
      return bytes;
    },
    expected: refused('is damaged'),
  },
  {
    file: 'bomb.zip',
    bytes: () => makeZip([{ name: 'raft.ts', content: Buffer.alloc(BOMB_BYTES, ' ') }]),
    expected: refused('larger than'),
  },
  {
    file: 'climbs.zip',
    bytes: (good) => makeZip([...good, { name: '../../escaped.ts', content: 'x' }]),
    expected: refused('leads out of the archive'),
  },
  {
    file: 'link.tgz',
    bytes: (good) => makeTgz([...good, { name: 'data.json', linkTo: '/etc/passwd' }]),
    expected: refused('is a link'),
  },
  {
    file: 'essay.zip',
    bytes: () => makeZip([{ name: 'essay.pdf', content: '%PDF' }]),
    expected: missing('no raft.ts'),
  },
  {
    file: 'Raft.zip',
    bytes: (good) => makeZip(good.map((one) => (one.name === 'raft.ts' ? { ...one, name: 'Raft.ts' } : one))),
    expected: missing('"Raft.ts"'),
  },
  {
    file: 'secret.zip',
    bytes: (good) => makeZip(good.map((one) => ({ ...one, isEncrypted: true }))),
    expected: refused('encrypted'),
  },
];

const NAMES = [
  'doejane',
  'müllerfrançois',
  'oconnorsean',
  'żółtakasia',
  'nguyễnanh',
  'lixiaoming',
  'garcíalópezana',
];

/** Students in the class's export. */
export const CLASS_SIZE = 40;

/** Writes the folder, and beside it what a teacher has: everything that `lockstep grade` is called with. */
export function makeCanvasClass(folder: string): void {
  mkdirSync(join(folder, 'submissions'), { recursive: true });
  const uploads = allUploads();
  for (const [i, { file, bytes }] of uploads.entries()) {
    writeFileSync(join(folder, 'submissions', canvasName(i, file)), bytes);
  }
  const expected = uploads.map((upload, i) => [idOf(i), { raft: upload.expected }] as const);
  const absent = [idOf(CLASS_SIZE), { raft: missing('Nothing was handed in') }] as const;
  const scores = { version: 'lockstep-expected/1', submissions: Object.fromEntries([...expected, absent]) };
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(scores, null, 2)}\n`);
  writeFileSync(join(folder, 'roster.csv'), roster());
  writeFileSync(join(folder, 'grading.yaml'), GRADING);
}

function allUploads(): Upload[] {
  const good = entriesOf('async-loops');
  const odd = ODDITIES.map(({ file, bytes, expected }) => ({ file, bytes: bytes(good), expected }));
  // One who hangs on every test is enough; the others come again and again, each time packed in another way.
  const often = Object.keys(EXPECTED).filter((name) => name !== 'never-yields' && name !== 'memory-hog');
  const plain = Array.from({ length: CLASS_SIZE - odd.length }, (_, i): Upload => {
    const name = i === 0 ? 'never-yields' : i === 1 ? 'memory-hog' : (often[i % often.length] ?? '');
    const { file, pack } = PACKINGS[i % PACKINGS.length] ?? { file: '', pack: makeZip };
    return { file, bytes: pack(entriesOf(name)), expected: EXPECTED[name] ?? { points: 'none' } };
  });
  // Not in blocks: who is odd sits among the others.
  return [...plain, ...odd].map((_, i, all) => all[(i * 7) % all.length]).filter((one) => one !== undefined);
}

function entriesOf(example: string): ArchiveEntry[] {
  const folder = join(EXAMPLES, example);
  return readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }));
}

function idOf(i: number): string {
  return String(10_000 + i);
}

/** Every ninth is late, as Canvas marks it. */
function canvasName(i: number, file: string): string {
  return `${NAMES[i % NAMES.length] ?? ''}${isLate(i) ? '_LATE' : ''}_${idOf(i)}_${90_000 + i}_${file}`;
}

function isLate(i: number): boolean {
  return i % 9 === 4;
}

/** With one student more, who has handed in nothing. */
function roster(): string {
  const lines = Array.from({ length: CLASS_SIZE + 1 }, (_, i) => {
    const time = i === CLASS_SIZE ? '' : isLate(i) ? '2026-10-02 08:30:00 UTC' : '2026-10-01 20:15:00 UTC';
    return `"Student, Number ${i}",${idOf(i)},u${i},${time}`;
  });
  return ['Student,ID,SIS Login ID,Submitted at', '    Points Possible,,,', ...lines, ''].join('\n');
}

const GRADING = `# A small grading: a few tests with few seeds.
version: lockstep-grading/1
seeds: 2
credit: share
labs:
  raft:
    tests: [raft/A/*, raft/B/basic-agree, raft/C/persist-*]
roster: { file: roster.csv }
late: { due: 2026-10-01T23:59:00+02:00, penaltyPerDay: 20 }
`;
