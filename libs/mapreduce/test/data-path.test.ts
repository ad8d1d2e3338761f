import type { Application, Job } from '@lockstep/api';
import { describe, expect, it } from 'vitest';
import { hashPartition, makeSplits, runSequentially } from '../src/index.ts';
import { readLines } from '../src/lines.ts';
import { PairBuffer } from '../src/pairs.ts';
import { MemoryStore } from './memory-store.ts';

const wordCount: Application<number> = {
  map(line, { emit, count }) {
    for (const word of line.split(' ')) if (word !== '') emit(word, 1);
    count('lines');
  },
  reduce: (key, values, { write }) => write(`${key} ${values.reduce((sum, value) => sum + value, 0)}`),
};

async function linesOfAllSplits(text: string, splitBytes: number, blockBytes: number): Promise<string[]> {
  const store = new MemoryStore(blockBytes, { file: text });
  const lines: string[] = [];
  for (const split of await makeSplits(store, ['file'], splitBytes)) {
    for await (const batch of readLines(store, split)) lines.push(...batch);
  }
  return lines;
}

describe('splits', () => {
  const texts = [
    '',
    '\n',
    'a',
    'a\n',
    '\n\na\n\n',
    'one two\nthree\nfour five six\n',
    'no end\nat the end',
    'été Ωμέγα\n数据 𝄞\n',
    `short\n${'long '.repeat(30)}\nshort\n`,
  ];

  it('give every line once and whole, wherever splits and blocks end', async () => {
    for (const text of texts) {
      const expected = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
      for (let splitBytes = 1; splitBytes <= 24; splitBytes++) {
        for (const blockBytes of [1, 2, 3, 7, 64, 1024]) {
          const lines = await linesOfAllSplits(text, splitBytes, blockBytes);
          expect(lines, JSON.stringify({ text, splitBytes, blockBytes })).toEqual(
            text === '' ? [] : expected,
          );
        }
      }
    }
  });
});

describe('the default partition', () => {
  it('is FNV-1a over UTF-8 without the sign, for characters of one to four bytes', () => {
    for (const key of ['', 'a', 'foobar', 'é', 'Ω', '数', '𝄞', 'x𝄞y']) {
      let hash = 0x811c9dc5;
      for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
      expect(hashPartition(key, 1009), key).toBe((hash & 0x7fffffff) % 1009);
    }
    // The published value of FNV-1a for "foobar".
    expect(hashPartition('foobar', 0x7fffffff)).toBe(0xbf9cf968 & 0x7fffffff);
  });
});

describe('the buffer of pairs', () => {
  it('groups values, combines them before they are many, and knows that it is smaller for it', () => {
    const plain = new PairBuffer(wordCount as Application);
    const sum = (_: string, values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const combining = new PairBuffer({ ...wordCount, combine: sum } as Application);
    for (let i = 0; i < 1000; i++) for (const buffer of [plain, combining]) buffer.add(`k${i % 3}`, 1);
    expect(combining.bytes).toBeLessThan(plain.bytes / 4);
    expect([...combining.take()]).toEqual([
      ['k0', [334]],
      ['k1', [333]],
      ['k2', [333]],
    ]);
    expect(plain.take().get('k0')).toHaveLength(334);
    expect(plain.isEmpty).toBe(true);
    expect(plain.bytes).toBe(0);
  });

  it('refuses keys that are no strings', () => {
    const buffer = new PairBuffer(wordCount as Application);
    expect(() => buffer.add(7 as unknown as string, 1)).toThrow('a key must be a string');
  });
});

describe('a sequential run', () => {
  const words = Array.from(
    { length: 3000 },
    (_, i) => `w${(i * 7919) % 211}${i % 13 === 0 ? '\n' : ' '}`,
  ).join('');
  const job: Job = { id: 'j', inputs: ['in'], output: 'out', reduceTasks: 3, splitBytes: 2000 };

  async function outputs(app: Application, memoryBytes: number): Promise<string> {
    const shared = new MemoryStore(128, { in: words });
    const local = new MemoryStore(100);
    await runSequentially(app, job, { shared, local, memoryBytes });
    expect(await local.list('')).toEqual([]);
    return [0, 1, 2].map((task) => shared.text(`out/part-0000${task}`)).join('');
  }

  it('gives the same whether it fits into memory, spills all the time, or combines', async () => {
    const expected = new Map<string, number>();
    for (const word of words.split(/\s/)) if (word !== '') expected.set(word, (expected.get(word) ?? 0) + 1);
    const whole = await outputs(wordCount as Application, 1_000_000);
    expect(
      new Map(
        whole
          .trimEnd()
          .split('\n')
          .map((line) => line.split(' ') as [string, string]),
      ),
    ).toEqual(new Map([...expected].map(([word, count]) => [word, `${count}`])));
    expect(await outputs(wordCount as Application, 1_000)).toBe(whole);
    const combine = (_: string, values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    expect(await outputs({ ...wordCount, combine } as Application, 1_000)).toBe(whole);
  });

  it('keeps the user’s order when runs are merged', async () => {
    const descending = { ...wordCount, compare: (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0) };
    const keys = (await outputs(descending as Application, 1_000)).trimEnd().split('\n');
    const first = keys.slice(0, 20).map((line) => line.split(' ')[0] ?? '');
    expect(first).toEqual(first.toSorted().reverse());
  });
});
