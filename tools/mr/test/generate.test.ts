import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateText } from '../src/index.ts';
import { JobFolder } from './support/job-folder.ts';

describe('generated text', () => {
  let folder: JobFolder;
  beforeEach(() => {
    folder = new JobFolder();
  });
  afterEach(() => folder.remove());

  const generate = async (name: string, seed: string): Promise<Buffer[]> => {
    const paths = await generateText({ seed, files: 3, bytes: 300_000, words: 500, folder: folder.in(name) });
    expect(paths).toEqual(readdirSync(folder.in(name)).map((file) => join(folder.in(name), file)));
    return paths.map((path) => readFileSync(path));
  };
  const digest = (files: readonly Buffer[]): string =>
    createHash('sha256').update(Buffer.concat(files)).digest('hex').slice(0, 16);

  it('is the same for the same seed, on every machine, and another one for another seed', async () => {
    const first = digest(await generate('a', '1'));
    expect(digest(await generate('b', '1'))).toBe(first);
    expect(digest(await generate('c', '2'))).not.toBe(first);
    expect(first).toBe('05873e68219fa213');
  });

  it('has as many bytes and words as were asked for, in whole lines', async () => {
    const files = await generate('a', '1');
    for (const file of files) {
      expect(file.length).toBeGreaterThanOrEqual(100_000);
      expect(file.length).toBeLessThan(101_000);
      expect(file.at(-1)).toBe(0x0a);
    }
    const words = String(Buffer.concat(files))
      .split(/[ \n]/)
      .filter((word) => word !== '');
    expect(new Set(words).size).toBe(500);
    expect(words.every((word) => /^[a-z]+$/.test(word))).toBe(true);
  });

  it('has a few frequent words and many rare ones', async () => {
    const counts = new Map<string, number>();
    for (const word of String(Buffer.concat(await generate('a', '1'))).split(/\s+/))
      counts.set(word, (counts.get(word) ?? 0) + 1);
    const sorted = [...counts.values()].sort((a, b) => b - a);
    // By Zipf's law the tenth word is a tenth as frequent as the first one.
    expect((sorted[0] ?? 0) / (sorted[9] ?? 1)).toBeGreaterThan(8);
    expect((sorted[0] ?? 0) / (sorted[9] ?? 1)).toBeLessThan(12);
  });
});
