import type { Host } from '@lockstep/api';
import type { Actions, ConformanceCheck } from './check.ts';
import { expectSame, expectTrue } from './expectations.ts';

/** Large enough for a batch to take more than one block of a device. */
const PADDING = 'x'.repeat(6_000);

/** Writes, and waits for it or not. */
function writer(host: Host): Actions {
  const { disk } = host;
  return {
    writeAndWait: (batch: Record<string, unknown>) => disk.write(batch),
    deleteAndWait: (name: string) => disk.write({ [name]: undefined }),
    read: async () => [await disk.entries(), disk.usedBytes],
    writeScopes: async () => {
      await Promise.all([disk.write({ a: 0 }), host.scope('s').disk.write({ a: 1 })]);
    },
    readScopes: async () => [await disk.entries(), await host.scope('s').disk.entries()],
    /** Batches from `first` on; waits for the first few of them. Every batch sets all names to its own number. */
    writeMany: async ({ first, confirmed }: { first: number; confirmed: number }) => {
      const writes = Array.from({ length: confirmed + 8 }, (_, index) => {
        const number = first + index;
        return disk.write({
          a: number,
          b: number,
          [`padding-${number % 3}`]: `${number} ${PADDING}`,
          c: number,
        });
      });
      await Promise.all(writes.slice(0, confirmed));
    },
    readNumbers: async () => Promise.all(['a', 'b', 'c'].map((name) => disk.read(name))),
  };
}

/** What a disk promises about crashes. */
export const DISK_CRASHES: readonly ConformanceCheck[] = [
  {
    name: 'what a write has confirmed is there after a crash, and so is what it deleted gone',
    isAboutCrashes: true,
    nodes: { n1: writer },
    async run(world) {
      await world.run('n1', 'writeAndWait', { a: 1, b: [2], c: 3 });
      await world.run('n1', 'deleteAndWait', 'c');
      const before = await world.run('n1', 'read');
      await world.crash('n1');
      await world.restart('n1');
      const after = await world.run('n1', 'read');
      expectSame(after, before, 'the disk after the crash');
      await world.run('n1', 'writeAndWait', { a: undefined });
      await world.crash('n1');
      await world.restart('n1');
      const [entries] = await world.run<[unknown]>('n1', 'read');
      expectSame(entries, [['b', [2]]], 'the disk after the second crash');
    },
  },
  {
    name: 'scopes stay apart over a crash',
    isAboutCrashes: true,
    nodes: { n1: writer },
    async run(world) {
      await world.run('n1', 'writeScopes');
      await world.crash('n1');
      await world.restart('n1');
      expectSame(await world.run('n1', 'readScopes'), [[['a', 0]], [['a', 1]]], 'the disks after the crash');
    },
  },
  {
    name: 'a batch that was not confirmed before a crash is there as a whole, or not at all',
    isAboutCrashes: true,
    nodes: { n1: writer },
    async run(world) {
      let number = 0;
      for (const confirmed of [1, 3, 0, 2]) {
        await world.run('n1', 'writeMany', { first: number + 1, confirmed });
        await world.crash('n1');
        await world.restart('n1');
        const [a, b, c] = await world.run<(number | undefined)[]>('n1', 'readNumbers');
        expectTrue(a === b && b === c, `the names of one batch are ${a}, ${b} and ${c} after a crash`);
        const found = a ?? 0;
        expectTrue(
          found >= number + confirmed && found <= number + confirmed + 8,
          `batches up to ${number + confirmed} were confirmed, and ${found} was found after a crash`,
        );
        number = found;
      }
    },
  },
];
