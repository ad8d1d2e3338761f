import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHIPPED_APPS } from '../src/index.ts';
import { awkCount, JobFolder, merged, shell } from './support/job-folder.ts';

const WAYS = [2, 'sequential'] as const;

describe('the shipped applications, by two workers and sequentially', () => {
  let folder: JobFolder;
  beforeEach(() => {
    folder = new JobFolder();
  });
  afterEach(() => folder.remove());

  const outputs = async (
    app: string,
    inputs: readonly string[],
    options: Readonly<Record<string, string>> = {},
  ): Promise<string[]> => {
    const found: string[][] = [];
    for (const workers of WAYS) {
      const out = `out-${workers}`;
      const outcome = await folder.run(app, inputs, {
        workers,
        options,
        out: folder.in(out),
        splitBytes: 50_000,
      });
      expect(outcome.end).toBe('succeeded');
      found.push(folder.lines(out));
    }
    expect(found[0]).toEqual(found[1]);
    return found[0] ?? [];
  };

  it('count words as awk does', async () => {
    const text = await folder.generate(400_000);
    await outputs('word-count', [text]);
    for (const workers of WAYS) expect(merged(folder.in(`out-${workers}`)).equals(awkCount(text))).toBe(true);
  });

  it('find words in any script', async () => {
    const text = folder.write('text.txt', 'naïve don’t 木 naïve\nplain, don’t\n');
    expect((await outputs('word-count', [text])).sort()).toEqual(
      ['don 2', 'naïve 2', 'plain 1', 't 2', '木 1'].sort(),
    );
  });

  it('index words by their files', async () => {
    const one = folder.write('one.txt', 'apple pear\napple\n');
    const two = folder.write('two.txt', 'pear fig\n');
    expect((await outputs('indexer', [two, one])).sort()).toEqual([
      `apple 1 ${one}`,
      `fig 1 ${two}`,
      `pear 2 ${one},${two}`,
    ]);
  });

  it('grep as grep does', async () => {
    const text = await folder.generate(200_000);
    const found = await outputs('grep', [text], { pattern: '\\bst[ae]', flags: 'i' });
    const expected = String(shell('cd "$1" && grep -iE "(^| )st[ae]" *', text)).trimEnd().split('\n');
    expect(found.map((line) => line.replace(`${text}/`, '').replace(': ', ':')).sort()).toEqual(
      expected.sort(),
    );
  });

  it('turn links around', async () => {
    const pages = folder.write('pages.txt', 'a b c\nb c\n\nc a\nb c a\n');
    expect((await outputs('inverted-links', [pages])).sort()).toEqual(['a b c', 'b a', 'c a b']);
  });

  it('sort all lines, in outputs of about the same size', async () => {
    const text = await folder.generate(400_000);
    const sorted = await outputs('sort', [text]);
    expect(`${sorted.join('\n')}\n`).toBe(String(shell('sort "$1"/*', text)));
    for (const name of folder.outputs('out-2')) {
      const share = readFileSync(join(folder.in('out-2'), name), 'utf8').split('\n').length / sorted.length;
      expect(share).toBeGreaterThan(0.25);
      expect(share).toBeLessThan(0.42);
    }
  });

  it('find the largest of what another job has written', async () => {
    const text = await folder.generate(200_000);
    await folder.run('word-count', [text], { out: folder.in('counts') });
    const counts = folder.outputs('counts').map((name) => join(folder.in('counts'), name));
    const expected = String(shell('sort -k2,2nr -k1,1 "$@" | head -5', ...counts))
      .trimEnd()
      .split('\n');
    expect(await outputs('top-k', counts, { k: '5' })).toEqual(expected);
  });

  it('are all tried here', () => {
    expect(Object.keys(SHIPPED_APPS)).toEqual([
      'word-count',
      'indexer',
      'grep',
      'inverted-links',
      'sort',
      'top-k',
    ]);
  });
});
