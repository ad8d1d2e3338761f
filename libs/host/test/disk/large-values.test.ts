import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskError, encode } from '@lockstep/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDirectory } from '../../src/disk/files.ts';
import { isPlace } from '../../src/disk/place.ts';
import { Storage } from '../../src/disk/storage.ts';

const OPTIONS = { minGarbageBytes: 65_536, largeValueBytes: 1_000 };
const LARGE = encode(new Uint8Array(5_000).fill(7));
const OTHER = encode(new Uint8Array(3_000).fill(8));

describe('a large value', () => {
  let directory: string;
  let storage: Storage;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-large-'));
    storage = await open();
  });
  afterEach(async () => {
    await storage.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = async (): Promise<Storage> => Storage.open(await openDirectory(directory), 'n1', OPTIONS);
  const reopen = async (): Promise<void> => {
    await storage.close();
    storage = await open();
  };
  const write = (changes: Readonly<Record<string, Uint8Array | undefined>>): Promise<void> =>
    storage.write({ scope: 's', changes: Object.entries(changes) });
  const read = async (name: string): Promise<Uint8Array | undefined> => {
    const stored = storage.contents.read('s', name);
    return stored === undefined ? undefined : storage.load(stored);
  };
  const valueFiles = (): string[] => readdirSync(directory).filter((name) => name.startsWith('values-'));
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

  it('is read from memory until it is durable, and from its file afterwards', async () => {
    const written = write({ a: LARGE });
    expect(storage.contents.read('s', 'a')).toBe(LARGE);
    expect(await read('a')).toEqual(LARGE);
    await written;
    expect(isPlace(storage.contents.read('s', 'a') ?? LARGE)).toBe(true);
    expect(await read('a')).toEqual(LARGE);
  });

  it('comes back after a restart, counts what it takes, and leaves the log small', async () => {
    await write({ a: LARGE, small: encode(1) });
    const bytes = storage.contents.bytesOf('s');
    expect(bytes).toBe(encode('a').length + LARGE.length + encode('small').length + encode(1).length);
    await reopen();
    expect(await read('a')).toEqual(LARGE);
    expect(await read('small')).toEqual(encode(1));
    expect(storage.contents.bytesOf('s')).toBe(bytes);
    expect(statSync(join(directory, 'disk.log')).size).toBeLessThan(1_000);
  });

  it('takes its file with it when it is overwritten or deleted, unless the file holds another one', async () => {
    await write({ a: LARGE, b: OTHER });
    await write({ a: undefined });
    await settled();
    expect(valueFiles()).toHaveLength(1);
    await write({ b: LARGE });
    await settled();
    expect(valueFiles()).toEqual(['values-1']);
    await write({ b: encode('small now') });
    await settled();
    expect(valueFiles()).toEqual([]);
    expect(await read('b')).toEqual(encode('small now'));
  });

  it('stays when it is deleted and another one is written in the same step', async () => {
    await Promise.all([write({ a: LARGE }), write({ a: undefined }), write({ b: OTHER })]);
    await settled();
    expect(await read('b')).toEqual(OTHER);
    await reopen();
    expect(await read('b')).toEqual(OTHER);
    expect(await read('a')).toBeUndefined();
  });

  it('can be read to its end though it is overwritten meanwhile', async () => {
    await write({ a: LARGE });
    const reads = Array.from({ length: 20 }, () => read('a'));
    await write({ a: OTHER });
    for (const value of await Promise.all(reads)) expect(value).toEqual(LARGE);
    expect(await read('a')).toEqual(OTHER);
  });

  it('does not come back by a file that a crash has left without a record', async () => {
    await storage.close();
    writeFileSync(join(directory, 'values-17'), LARGE);
    storage = await open();
    expect(valueFiles()).toEqual([]);
    await write({ a: LARGE });
    expect(valueFiles()).toEqual(['values-18']);
  });

  it.each(['shortened', 'removed'])('whose file was %s is found out at the start', async (how) => {
    await write({ a: LARGE });
    await storage.close();
    const path = join(directory, 'values-0');
    if (how === 'removed') rmSync(path);
    else truncateSync(path, 10);
    await expect(open()).rejects.toThrow(/values-0 is corrupt: it does not hold the 5003 bytes/);
    writeFileSync(path, LARGE);
    storage = await open();
  });

  it('that was damaged is refused when it is read', async () => {
    await write({ a: LARGE });
    writeFileSync(join(directory, 'values-0'), OTHER.slice(-1), { flag: 'r+' });
    await expect(read('a')).rejects.toThrow(DiskError);
  });
});
