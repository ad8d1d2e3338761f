import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@lockstep/api';
import type { FileStore } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileStore } from '../../src/index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (read: Uint8Array): string => new TextDecoder().decode(read);

async function codeOf(operation: Promise<unknown>): Promise<string> {
  return operation.then(
    () => 'none',
    (error: unknown) => (error instanceof FileError ? error.code : String(error)),
  );
}

describe('a file store of this machine', () => {
  let directory: string;
  let store: FileStore & { close(): void };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-files-'));
    writeFileSync(join(directory, 'input.txt'), 'one\ntwo\n');
    store = openFileStore({
      folders: { output: join(directory, 'out') },
      files: { 'books/one.txt': join(directory, 'input.txt') },
      blockBytes: 1_000,
    });
  });
  afterEach(() => {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('appends in the order of the calls, makes folders, and reads any part', async () => {
    const words = Array.from({ length: 200 }, (_, n) => `${n} `);
    await Promise.all(words.map((word) => store.append('output/deep/er/file', bytes(word))));
    const whole = words.join('');
    expect(await store.size('output/deep/er/file')).toBe(whole.length);
    expect(text(await store.read('output/deep/er/file', 0, 1_000))).toBe(whole);
    expect(text(await store.read('output/deep/er/file', 5, 10))).toBe(whole.slice(5, 15));
    expect(text(await store.read('output/deep/er/file', whole.length - 2, 100))).toBe(whole.slice(-2));
    expect(await store.read('output/deep/er/file', whole.length + 5, 100)).toHaveLength(0);
    expect(readFileSync(join(directory, 'out/deep/er/file'), 'utf8')).toBe(whole);
  });

  it('sees its own appends before they have resolved', async () => {
    void store.append('output/a', bytes('first '));
    void store.append('output/a', bytes('second'));
    expect(await store.size('output/a')).toBe(12);
    expect(text(await store.read('output/a', 0, 100))).toBe('first second');
  });

  it('gives a file its name once: of several who try one succeeds, and the file stays as it is', async () => {
    const names = ['tmp-1', 'tmp-2', 'tmp-3'].map((name) => `output/${name}`);
    await Promise.all(names.map((name) => store.append(name, bytes(name))));
    const codes = await Promise.all(names.map((name) => codeOf(store.rename(name, 'output/part-0'))));
    expect(codes.sort()).toEqual(['exists', 'exists', 'none']);
    const [first = ''] = names.filter((name) => !existsSync(join(directory, 'out', name.slice(7))));
    expect(text(await store.read('output/part-0', 0, 100))).toBe(first);
    expect(await store.list('output/')).toEqual(
      ['output/part-0', ...names.filter((name) => name !== first)].sort(),
    );
  });

  it('renames with all that was appended before, resolved or not', async () => {
    for (let n = 0; n < 50; n++) void store.append('output/tmp', bytes('x'));
    await store.rename('output/tmp', 'output/final');
    expect(await store.size('output/final')).toBe(50);
    await store.append('output/tmp', bytes('another file'));
    expect(await store.size('output/final')).toBe(50);
  });

  it('reads what has taken the place of a removed file', async () => {
    await store.append('output/a', bytes('old'));
    expect(text(await store.read('output/a', 0, 10))).toBe('old');
    await store.remove('output/a');
    expect(await codeOf(store.read('output/a', 0, 10))).toBe('not-found');
    await store.append('output/a', bytes('newer'));
    expect(text(await store.read('output/a', 0, 10))).toBe('newer');
    await store.remove('output/never-was');
  });

  it('lists by prefix, in order, and hides what begins with a dot', async () => {
    for (const name of ['b', 'a/2', 'a/10', 'ab']) await store.append(`output/${name}`, bytes(''));
    mkdirSync(join(directory, 'out/.job'));
    writeFileSync(join(directory, 'out/.job/secret'), '');
    expect(await store.list('')).toEqual([
      'books/one.txt',
      'output/a/10',
      'output/a/2',
      'output/ab',
      'output/b',
    ]);
    expect(await store.list('output/a')).toEqual(['output/a/10', 'output/a/2', 'output/ab']);
    expect(await store.list('output/a/')).toEqual(['output/a/10', 'output/a/2']);
    expect(await store.list('nothing')).toEqual([]);
  });

  it('shows single files to be read only', async () => {
    expect(text(await store.read('books/one.txt', 4, 3))).toBe('two');
    expect(await codeOf(store.append('books/one.txt', bytes('x')))).toBe('failed');
    expect(await codeOf(store.remove('books/one.txt'))).toBe('failed');
    expect(readFileSync(join(directory, 'input.txt'), 'utf8')).toBe('one\ntwo\n');
  });

  it('keeps names without a folder of their own in the folder of the empty name', async () => {
    const local = openFileStore({ folders: { '': join(directory, 'local') } });
    expect(await local.list('map-')).toEqual([]);
    await local.append('map-1', bytes('x'));
    await local.append('deep/map-2', bytes('y'));
    expect(await local.list('map-')).toEqual(['map-1']);
    expect(await local.list('')).toEqual(['deep/map-2', 'map-1']);
    expect(readFileSync(join(directory, 'local/deep/map-2'), 'utf8')).toBe('y');
    expect(await codeOf(local.read('../input.txt', 0, 1))).toBe('not-found');
    local.close();
  });

  it.each(['output/../input.txt', 'output//a', 'output', 'other/a', '/etc/passwd', 'output/.job/a', ''])(
    'has no file %j',
    async (name) => {
      expect(await codeOf(store.read(name, 0, 10))).toBe('not-found');
      expect(await codeOf(store.append(name, bytes('x')))).toBe('not-found');
      expect(await codeOf(store.remove(name))).toBe('not-found');
    },
  );

  it('says which operation cannot be done, and why', async () => {
    await store.append('output/folder/a', bytes('x'));
    expect(await codeOf(store.size('output/none'))).toBe('not-found');
    expect(await codeOf(store.size('output/folder'))).toBe('not-found');
    expect(await codeOf(store.rename('output/none', 'output/b'))).toBe('not-found');
    expect(await codeOf(store.read('output/folder/a', 0, 1_001))).toBe('too-large');
    expect(await codeOf(store.append('output/folder/a', new Uint8Array(1_001)))).toBe('too-large');
    expect(await store.size('output/folder/a')).toBe(1);
  });

  it('works on more files than stay open', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `output/many/${n}`);
    for (const round of ['a', 'b']) await Promise.all(names.map((name) => store.append(name, bytes(round))));
    const read = await Promise.all(names.map((name) => store.read(name, 0, 10)));
    expect(new Set(read.map(text))).toEqual(new Set(['ab']));
  });
});
