import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskError, encode } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../src/disk/contents.ts';
import { openDirectory } from '../../src/disk/files.ts';
import { Storage } from '../../src/disk/storage.ts';
import { MemoryFiles } from '../support/memory-files.ts';

const OPTIONS = { minGarbageBytes: 65_536, largeValueBytes: 65_536 };
const set = (name: string, value: unknown, scope = ''): Batch => ({
  scope,
  changes: [[name, encode(value)]],
});

const bytesOf = (storage: Storage, name: string): Promise<Uint8Array> =>
  storage.load(storage.contents.read('', name) ?? new Uint8Array());

describe('a disk', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'lockstep-disk-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const open = async (path = directory): Promise<Storage> =>
    Storage.open(await openDirectory(path), 'n1', OPTIONS);

  it('gives back after a restart what was written, scope by scope', async () => {
    const storage = await open();
    await storage.write(set('a', 1));
    await storage.write(set('a', 2, 'raft'));
    await storage.close();
    const again = await open();
    expect(again.contents.read('', 'a')).toEqual(encode(1));
    expect(again.contents.read('raft', 'a')).toEqual(encode(2));
    expect(again.contents.bytesOf('raft')).toBe(encode('a').length + encode(2).length);
    await again.close();
  });

  it('makes a directory that is not there', async () => {
    const storage = await open(join(directory, 'deep', 'er'));
    await storage.write(set('a', 1));
    await storage.close();
    expect(readdirSync(join(directory, 'deep', 'er'))).toEqual(['disk.log']);
  });

  it('refuses the directory of another node', async () => {
    await (await open()).close();
    const files = await openDirectory(directory);
    await expect(Storage.open(files, 'n2', OPTIONS)).rejects.toThrow(
      /disk\.log belongs to n1, not to n2: give each node a directory of its own/,
    );
  });

  it('ignores and removes a log in the making, finished or not', async () => {
    const storage = await open();
    await storage.write(set('a', 'kept'));
    await storage.close();
    const whole = readFileSync(join(directory, 'disk.log'));
    for (const length of [0, 5, whole.length]) {
      writeFileSync(join(directory, 'disk.log.new'), whole.subarray(0, length));
      const again = await open();
      expect(again.contents.read('', 'a')).toEqual(encode('kept'));
      expect(readdirSync(directory)).toEqual(['disk.log']);
      await again.close();
    }
  });

  it('rewrites its log when most of it is garbage, so that a name written for ever takes no more space', async () => {
    const storage = await open();
    const value = 'x'.repeat(1_000);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => storage.write(set('a', `${round}/${n} ${value}`))),
      );
    }
    expect(statSync(join(directory, 'disk.log')).size).toBeLessThan(200_000);
    await storage.close();
    const again = await open();
    expect(again.contents.read('', 'a')).toEqual(encode(`9/99 ${value}`));
    await again.close();
  });

  it('does not rewrite a log of many tiny values again and again', async () => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', { ...OPTIONS, minGarbageBytes: 1_000 });
    const names = Array.from({ length: 2_000 }, (_, n) => String(n));
    await storage.write({ scope: '', changes: names.map((name) => [name, encode(null)] as const) });
    for (let n = 0; n < 30; n++) await storage.write(set('0', null));
    const before = files.operations;
    await storage.write(set('0', null));
    expect(files.operations - before).toBe(2);
  });
});

describe('writes that are submitted together', () => {
  it('share the next step to the device while one is under way', async () => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', OPTIONS);
    const before = files.syncs;
    const first = storage.write(set('first', 0));
    await new Promise((resolve) => setImmediate(resolve));
    const others = Array.from({ length: 99 }, (_, n) => storage.write(set(`n${n}`, n)));
    await first;
    expect(files.syncs - before).toBe(1);
    await Promise.all(others);
    expect(files.syncs - before).toBe(2);
  });

  it('resolve in the order in which they were submitted', async () => {
    const storage = await Storage.open(new MemoryFiles(), 'n1', OPTIONS);
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((n) => storage.write(set('a', n)).then(() => order.push(n))));
    expect(order).toEqual([1, 2, 3]);
    expect(storage.contents.read('', 'a')).toEqual(encode(3));
  });

  it('are all made durable, or all unsettled, when the disk is closed meanwhile', async () => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', OPTIONS);
    let settled = 0;
    const count = (): number => settled++;
    storage.write(set('a', 1)).then(count, count);
    await new Promise((resolve) => setImmediate(resolve));
    storage.write(set('b', 2)).then(count, count);
    await storage.close();
    const again = await Storage.open(files, 'n1', OPTIONS);
    expect(again.contents.read('', 'a')).toEqual(encode(1));
    expect(again.contents.read('', 'b')).toBeUndefined();
    expect(settled).toBe(1);
  });
});

describe('a disk that fails', () => {
  it.each(['writing', 'syncing'])('while %s rejects that write and all later ones', async (what) => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', OPTIONS);
    await storage.write(set('a', 1));
    files.failAt(what === 'writing' ? 1 : 2);
    await expect(storage.write(set('b', 2))).rejects.toThrow(DiskError);
    await expect(storage.write(set('c', 3))).rejects.toThrow(
      /until the node is started again.*no space left/,
    );
    const again = await Storage.open(files, 'n1', OPTIONS);
    expect(again.contents.read('', 'a')).toEqual(encode(1));
    expect(again.contents.read('', 'c')).toBeUndefined();
  });

  it('rejects the writes that wait as well', async () => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', OPTIONS);
    files.failAt(2);
    const first = storage.write(set('a', 1));
    await new Promise((resolve) => setImmediate(resolve));
    const second = storage.write(set('b', 2));
    await expect(first).rejects.toThrow(DiskError);
    await expect(second).rejects.toThrow(DiskError);
  });

  it.each([1, 2, 3, 4, 5])('at step %i of rewriting its log leaves one that can be opened', async (step) => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', { ...OPTIONS, minGarbageBytes: 1 });
    await storage.write(set('a', 'x'.repeat(100)));
    await storage.write(set('a', 'y'.repeat(100)));
    files.failAt(step);
    await expect(storage.write(set('a', 'z'.repeat(100)))).rejects.toThrow(DiskError);
    const again = await Storage.open(files, 'n1', OPTIONS);
    const letter = String.fromCharCode(...(await bytesOf(again, 'a'))).at(-1);
    expect(step <= 3 ? ['y'] : ['y', 'z']).toContain(letter);
  });
});
