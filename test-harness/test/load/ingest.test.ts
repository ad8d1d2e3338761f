import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestSources } from '../../src/load/digest.ts';
import { ingestFiles, ingestFolder } from '../../src/load/ingest.ts';
import { INGEST_LIMITS, Refusal } from '../../src/load/sources.ts';
import { folderOf } from '../runner/echo.ts';

function refusalOf(folder: string): Refusal {
  try {
    ingestFolder(folder);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('the folder was taken');
}

describe('reading a submission', () => {
  it('takes TypeScript and JSON, and nothing else', () => {
    const folder = folderOf({
      'raft.ts': 'a',
      'lib/log.mts': 'b',
      'data.json': '{}',
      'README.md': 'c',
      'script.js': 'd',
      '.env.ts': 'e',
      '.git/config.ts': 'f',
      'node_modules/x/index.ts': 'g',
      '__MACOSX/raft.ts': 'h',
    });
    expect([...ingestFolder(folder).files.keys()]).toEqual(['data.json', 'lib/log.mts', 'raft.ts']);
  });

  it('says so when there is no folder', () => {
    const folder = folderOf({ 'raft.ts': '' });
    expect(refusalOf(join(folder, 'missing'))).toMatchObject({ code: 'no-folder' });
    expect(refusalOf(join(folder, 'raft.ts')).message).toMatch(/is not a folder\.$/);
  });

  it('refuses symbolic links to files and folders, but not those in what it ignores', () => {
    const folder = folderOf({ 'raft.ts': '', 'node_modules/a.txt': '' });
    symlinkSync('/etc/passwd', join(folder, 'node_modules/link.ts'));
    expect(ingestFolder(folder).files.size).toBe(1);
    symlinkSync('/etc', join(folder, 'etc'));
    expect(refusalOf(folder)).toMatchObject({
      code: 'refused-file',
      message: '"etc" is a symbolic link; hand in the file itself.',
    });
  });

  it('refuses hard links', () => {
    const folder = folderOf({ 'raft.ts': 'x' });
    linkSync(join(folder, 'raft.ts'), join(folder, 'again.ts'));
    expect(refusalOf(folder).message).toMatch(/^"again.ts" is a hard link/);
  });

  it('refuses special files without opening them', () => {
    const folder = folderOf({ 'raft.ts': '' });
    execFileSync('mkfifo', [join(folder, 'pipe.ts')]);
    expect(refusalOf(folder).message).toBe('"pipe.ts" is not a regular file; remove it.');
  });

  it('refuses absurd depths and counts', () => {
    const deep = folderOf({});
    mkdirSync(join(deep, ...Array.from({ length: INGEST_LIMITS.depth + 1 }, () => 'd')), { recursive: true });
    expect(refusalOf(deep).message).toMatch(/folders deep\.$/);
    const many = folderOf({});
    for (let i = 0; i <= INGEST_LIMITS.files; i++) writeFileSync(join(many, `f${i}.ts`), '');
    expect(refusalOf(many).message).toBe('The folder holds more than 2000 source files.');
  });

  it('refuses paths that nobody could read', () => {
    const folder = folderOf({ 'raft.ts': '' });
    mkdirSync(join(folder, ...Array.from({ length: 6 }, () => 'd'.repeat(200))), { recursive: true });
    expect(refusalOf(folder)).toMatchObject({
      code: 'refused-file',
      message: expect.stringMatching(
        /^"d+\/?d*…" has a path of more than 1000 characters; shorten it\.$/,
      ) as string,
    });
    const name = `${'n'.repeat(256)}.ts`;
    const files = new Map([[name, join(folder, 'raft.ts')]]);
    expect(() => ingestFiles('ann', folder, files)).toThrow(
      /^"n{200}…" has a name of more than 255 characters; shorten it\.$/,
    );
  });

  it('does not read an oversized file, or one that is not UTF-8', () => {
    const folder = folderOf({ 'raft.ts': '', 'big.json': ' '.repeat(INGEST_LIMITS.fileBytes + 1) });
    writeFileSync(join(folder, 'latin.ts'), Buffer.from([0x2f, 0x2f, 0xe4]));
    const { files, unread } = ingestFolder(folder);
    expect([...files.keys()]).toEqual(['raft.ts']);
    expect([...unread]).toEqual([
      ['big.json', 'is larger than 1 MiB'],
      ['latin.ts', 'is not UTF-8 text'],
    ]);
  });

  it('refuses more than it would keep in memory', () => {
    const folder = folderOf({});
    for (let i = 0; i < 17; i++)
      writeFileSync(join(folder, `f${i}.json`), ' '.repeat(INGEST_LIMITS.fileBytes));
    expect(refusalOf(folder).message).toBe('The source files are larger than 16 MiB.');
  });

  it('takes names of any script, and refuses two forms of one name', () => {
    const folder = folderOf({ 'rückgrat.ts': 'x', '日本.ts': 'y' });
    expect(ingestFolder(folder).files.size).toBe(2);
    writeFileSync(join(folder, 'ru\u0308ckgrat.ts'), 'z');
    expect(refusalOf(folder).message).toMatch(/^Two files are both called "rückgrat.ts"/);
  });

  it('shows names without control characters', () => {
    const folder = folderOf({ 'raft.ts': '' });
    symlinkSync('/etc', join(folder, 'a\u001b[31m\u202e'));
    expect(refusalOf(folder).message).toBe(
      '"a\\u001b[31m\\u202e" is a symbolic link; hand in the file itself.',
    );
  });
});

describe('the digest of sources', () => {
  it('depends on names and contents, and not on the order', () => {
    const one = digestSources([
      ['a.ts', '1'],
      ['b.ts', '2'],
    ]);
    const other = digestSources([
      ['b.ts', '2'],
      ['a.ts', '1'],
    ]);
    expect(other).toBe(one);
    expect(digestSources([['a.ts', '12']])).not.toBe(digestSources([['a.ts1', '2']]));
    expect(digestSources([['a.ts', '1']])).not.toBe(one);
  });
});
