import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readArchive } from '../../src/load/archive.ts';
import { INGEST_LIMITS, Refusal } from '../../src/load/sources.ts';
import type { Sources } from '../../src/load/sources.ts';
import { makeTar, makeTgz, makeZip } from './make-archive.ts';
import type { ArchiveEntry } from './make-archive.ts';

const FORMATS = [
  ['zip', makeZip],
  ['tgz', makeTgz],
  ['tar', makeTar],
] as const;

async function refusalOf(bytes: Uint8Array): Promise<string> {
  try {
    await readArchive(bytes, '/class/ann.zip');
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  throw new Error('the archive was taken');
}

describe.each(FORMATS)('a %s archive', (_name, make) => {
  const read = (entries: readonly ArchiveEntry[]): Promise<Sources> =>
    readArchive(make(entries), '/class/ann.tar.gz');
  const refused = (entries: readonly ArchiveEntry[]): Promise<string> => refusalOf(make(entries));

  it('gives the TypeScript and JSON in it, and nothing of what tools leave behind', async () => {
    const sources = await read([
      { name: 'raft.ts', content: 'a' },
      { name: './lib/log.mts', content: 'b' },
      { name: 'data.json', content: '{}' },
      { name: 'README.md', content: 'c' },
      { name: '__MACOSX/._raft.ts', content: 'd' },
      { name: 'node_modules/x/index.ts', content: 'e' },
      { name: '.git/config.ts', content: 'f' },
      { name: '._raft.ts', content: 'g' },
    ]);
    expect(sources.name).toBe('ann');
    expect([...sources.files]).toEqual([
      ['data.json', '{}'],
      ['lib/log.mts', 'b'],
      ['raft.ts', 'a'],
    ]);
  });

  it('is entered when a single folder, or one in another, is all there is', async () => {
    const sources = await read([
      { name: 'ann/lab 2/raft.ts', content: 'a' },
      { name: 'ann/lab 2/lib/log.ts', content: 'b' },
      { name: 'README.md', content: 'c' },
      { name: '__MACOSX/ann/._x', content: 'c' },
    ]);
    expect([...sources.files.keys()]).toEqual(['lib/log.ts', 'raft.ts']);
  });

  it('may have names in any script, and in either form of Unicode', async () => {
    const decomposed = 'gro\u0308\u00dfe.ts'.normalize('NFD');
    const sources = await read([
      { name: 'raft.ts' },
      { name: decomposed, content: 'x' },
      { name: '选举/日志😀.ts', content: 'y' },
    ]);
    expect([...sources.files.keys()]).toEqual(['größe.ts', 'raft.ts', '选举/日志😀.ts']);
  });

  it.each([
    ['../raft.ts', '"../raft.ts"'],
    ['lib/../../raft.ts', '"lib/../../raft.ts"'],
    ['/etc/cron.d/raft.ts', '"/etc/cron.d/raft.ts"'],
    ['..\\raft.ts', '"..\\\\raft.ts"'],
    ['C:\\raft.ts', '"C:\\\\raft.ts"'],
  ])('is refused for the name %s, which leads outside', async (name, shown) => {
    expect(await refused([{ name: 'raft.ts' }, { name, content: 'x' }])).toBe(
      `${shown} leads out of the archive; make the archive of a plain folder.`,
    );
  });

  it('is refused for links and devices, but not for those in what it ignores', async () => {
    const link = { name: 'etc.ts', linkTo: '/etc/passwd' };
    expect(await refused([{ name: 'raft.ts' }, link])).toBe('"etc.ts" is a link; hand in the file itself.');
    expect(await refused([{ name: 'dev', isSpecial: true }])).toBe('"dev" is not a regular file; remove it.');
    const ignored = { name: 'node_modules/.bin/tsc', linkTo: '../x' };
    expect((await read([{ name: 'raft.ts' }, ignored])).files.size).toBe(1);
  });

  it('is refused when two files have one name', async () => {
    const twice = [
      { name: 'raft.ts', content: 'a' },
      { name: 'raft.ts', content: 'b' },
    ];
    expect(await refused(twice)).toBe('Two files are both called "raft.ts".');
    const forms = [{ name: 'ä.ts' }, { name: 'a\u0308.ts' }];
    expect(await refused(forms)).toBe('Two files are both called "ä.ts", in different Unicode forms.');
    expect((await read([{ name: 'raft.ts' }, { name: 'Raft.ts' }])).files.size).toBe(2);
  });

  it('keeps a file that is too large unread, and is refused for too many', async () => {
    const large = { name: 'raft.ts', content: Buffer.alloc(INGEST_LIMITS.fileBytes + 1, 0x20) };
    const { files, unread } = await read([large, { name: 'log.ts' }]);
    expect([[...files.keys()], unread.get('raft.ts')]).toEqual([['log.ts'], 'is larger than 1 MiB']);
    const many = Array.from({ length: INGEST_LIMITS.files + 1 }, (_, i) => ({ name: `f${i}.ts` }));
    expect(await refused(many)).toBe(`The archive holds more than ${INGEST_LIMITS.files} source files.`);
    const deep = { name: `${'a/'.repeat(INGEST_LIMITS.depth + 1)}x.ts` };
    expect(await refused([deep])).toMatch(/is nested more than 12 folders deep\.$/);
  });

  it('is refused with a sentence when it is cut off', async () => {
    const whole = make([{ name: 'raft.ts', content: 'export {};\n'.repeat(2000) }]);
    for (const part of [0.3, 0.6, 0.9]) {
      const message = await refusalOf(whole.subarray(0, Math.floor(whole.length * part)));
      expect(message).toMatch(/^"ann\.zip" is damaged: .+\.$/);
    }
  });
});

describe('what is no good archive', () => {
  it('is told apart by its first bytes, not by its name', async () => {
    expect((await readArchive(makeTgz([{ name: 'raft.ts' }]), '/x/ann.zip')).files.size).toBe(1);
    expect(await refusalOf(Buffer.from('hello'))).toBe(
      '"ann.zip" is neither a zip archive nor a tar archive.',
    );
    expect(await refusalOf(Buffer.alloc(0))).toBe('"ann.zip" is empty: it has no bytes.');
  });

  it('is one with names and paths that nobody could read, but not in what is ignored', async () => {
    const name = `${'n'.repeat(253)}.ts`;
    expect(await refusalOf(makeZip([{ name }]))).toMatch(
      /" has a name of more than 255 characters; shorten it\.$/,
    );
    const path = `${'d'.repeat(250)}/`.repeat(4);
    expect(await refusalOf(makeZip([{ name: `${path}x.ts` }]))).toMatch(
      /" has a path of more than 1000 characters; shorten it\.$/,
    );
    const ignored = { name: `node_modules/${path}${name}` };
    expect((await readArchive(makeZip([{ name: 'raft.ts' }, ignored]), '/x/ann.zip')).files.size).toBe(1);
  });

  it('cannot claim to be smaller than it is', async () => {
    const bomb = { name: 'raft.ts', content: Buffer.alloc(50 << 20), claimedSize: 100 };
    expect(await refusalOf(makeZip([bomb]))).toMatch(/^"ann\.zip" is damaged: /);
  });

  it('takes memory for what it is, not for what it unpacks to', async () => {
    const size = 300 << 20;
    const header = makeTar([{ name: 'movie.bin', claimedSize: size }]).subarray(0, 512);
    const piece = gzipSync(Buffer.alloc(1 << 20));
    const bomb = Buffer.concat([gzipSync(header), ...Array.from({ length: 300 }, () => piece)]);
    const before = process.memoryUsage().rss;
    expect(await refusalOf(bomb)).toBe('The archive unpacks to more than 256 MiB.');
    expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20);
  });

  it('may not be encrypted', async () => {
    const message = await refusalOf(makeZip([{ name: 'raft.ts', content: 'x', isEncrypted: true }]));
    expect(message).toBe('"raft.ts" is encrypted; hand in an archive without a password.');
  });

  it('may have names in UTF-8 that nobody marked, or in an old code page', async () => {
    const names = async (name: string | Buffer): Promise<string[]> => {
      const zip = makeZip([{ name, isUtf8: false }, { name: 'raft.ts' }]);
      return [...(await readArchive(zip, '/x/ann.zip')).files.keys()];
    };
    expect(await names('größe.ts')).toEqual(['größe.ts', 'raft.ts']);
    expect(await names(Buffer.from([0x67, 0x94, 0x2e, 0x74, 0x73]))).toEqual(['gö.ts', 'raft.ts']);
  });
});
