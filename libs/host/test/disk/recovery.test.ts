import { DiskError, encode } from '@lockstep/api';
import { beforeAll, describe, expect, it } from 'vitest';
import { Storage } from '../../src/disk/storage.ts';
import { MemoryFiles } from '../support/memory-files.ts';

const OPTIONS = { minGarbageBytes: 1_000_000, largeValueBytes: 65_536 };

/** Lengths of the log after each of its groups. */
interface Grown {
  readonly log: Uint8Array;
  readonly lengths: readonly number[];
}

async function grow(groups: readonly (readonly string[])[]): Promise<Grown> {
  const files = new MemoryFiles();
  const storage = await Storage.open(files, 'n1', OPTIONS);
  const lengths = [files.content('disk.log').length];
  for (const names of groups) {
    await Promise.all(
      names.map((name) => storage.write({ scope: 's', changes: [[name, encode(`value of ${name}`)]] })),
    );
    lengths.push(files.content('disk.log').length);
  }
  return { log: files.content('disk.log'), lengths };
}

/** The names that are found in a log, in order; or the word `corrupt`. */
async function recover(log: Uint8Array): Promise<string> {
  const files = new MemoryFiles();
  files.setContent('disk.log', log);
  try {
    const storage = await Storage.open(files, 'n1', OPTIONS);
    const found = storage.contents.entries('s', '').map(([name]) => name);
    // As long as what was dropped: were that still there, it would come back behind this.
    await storage.write({ scope: 's', changes: [['z', encode('value of z')]] });
    const again = await Storage.open(files, 'n1', OPTIONS);
    expect(again.contents.entries('s', '').map(([name]) => name)).toEqual([...found, 'z']);
    return found.join('');
  } catch (error) {
    expect(error).toBeInstanceOf(DiskError);
    return 'corrupt';
  }
}

describe('a log of three groups', () => {
  let grown: Grown;
  let header = 0;
  let second = 0;
  let third = 0;
  beforeAll(async () => {
    grown = await grow([['a'], ['b', 'c'], ['d', 'e']]);
    [header = 0, , second = 0, third = 0] = grown.lengths;
  });

  it('is read in full when nothing is wrong', async () => {
    expect(await recover(grown.log)).toBe('abcde');
  });

  it('may be cut at every byte of its last group: whole records stay, the torn one goes', async () => {
    const middle = second + (third - second) / 2;
    for (let length = second; length <= third; length++) {
      const expected = length < middle ? 'abc' : length < third ? 'abcd' : 'abcde';
      expect(await recover(grown.log.slice(0, length)), `cut at ${length}`).toBe(expected);
    }
  });

  it('may hold nonsense at every byte of its last group', async () => {
    const middle = second + (third - second) / 2;
    for (let position = second; position < third; position++) {
      const expected = position < middle ? 'abc' : 'abcd';
      expect(await recover(flipped(grown.log, position)), `byte ${position}`).toBe(expected);
    }
  });

  it('may end in zeros or garbage that was never written', async () => {
    const tails = [new Uint8Array(100), new Uint8Array(100).fill(0xff), grown.log.slice(0, 60)];
    for (const tail of tails) expect(await recover(Buffer.concat([grown.log, tail]))).toBe('abcde');
  });

  it('is corrupt when any byte before its last group is damaged', async () => {
    for (let position = 0; position < second; position++) {
      expect(await recover(flipped(grown.log, position)), `byte ${position}`).toBe('corrupt');
    }
  });

  it('is corrupt when it lacks even its header', async () => {
    for (let length = 0; length < header; length++) {
      expect(await recover(grown.log.slice(0, length)), `cut at ${length}`).toBe('corrupt');
    }
  });

  it('says in its error what is wrong and what to do', async () => {
    const files = new MemoryFiles();
    files.setContent('disk.log', flipped(grown.log, header + 20));
    await expect(Storage.open(files, 'n1', OPTIONS)).rejects.toThrow(
      /disk\.log is corrupt at byte \d+: a record does not match its checksum, and everything up to byte \d+ had been/,
    );
    await expect(Storage.open(files, 'n1', OPTIONS)).rejects.toThrow(/restore the directory from a copy/);
  });
});

describe('a log that was rewritten', () => {
  it('is corrupt when any of what it was made with is damaged or missing, even at its end', async () => {
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', { ...OPTIONS, minGarbageBytes: 1 });
    for (let n = 0; n < 3; n++)
      await storage.write({ scope: 's', changes: [['a', encode('x'.repeat(200 + n))]] });
    const log = files.content('disk.log');
    expect(log.length).toBeLessThan(400);
    for (let position = 0; position < log.length; position++) {
      expect(await recover(flipped(log, position)), `byte ${position}`).toBe('corrupt');
      expect(await recover(log.slice(0, position)), `cut at ${position}`).toBe('corrupt');
    }
    expect(await recover(log)).toBe('a');
  });
});

describe('a value that looks like a piece of a log', () => {
  it('is not taken for one when it is torn', async () => {
    const { log } = await grow([['a'], ['b'], ['c']]);
    const files = new MemoryFiles();
    const storage = await Storage.open(files, 'n1', OPTIONS);
    await storage.write({ scope: 's', changes: [['x', encode(1)]] });
    const before = files.content('disk.log').length;
    await storage.write({ scope: 's', changes: [['y', encode(log)]] });
    const torn = files.content('disk.log');
    expect(await recover(flipped(torn, before + 30))).toBe('x');
    expect(await recover(torn.slice(0, torn.length - 1))).toBe('x');
  });
});

function flipped(log: Uint8Array, position: number): Uint8Array {
  const damaged = log.slice();
  damaged[position] = (damaged[position] ?? 0) ^ 0x55;
  return damaged;
}
