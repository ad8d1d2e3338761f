import { encode, NotPlainData } from '@lockstep/api';
import type { Disk, Host } from '@lockstep/api';
import type { Actions, ConformanceCheck } from './check.ts';
import { expectSame, isSame } from './expectations.ts';
import { makePlain, makeUnplain } from './values.ts';

/** Names in the order of their UTF-16 code units, which is neither that of the alphabet nor of the code points. */
const NAMES = ['', '0', 'B', 'a', 'a/1', 'a/10', 'a/2', 'aB', 'é', '\ud83d\ude00', '～'];

/** Bytes that an entry counts: its name and its value in the canonical encoding. */
function entryBytes(name: string, value: unknown): number {
  return encode(name).length + encode(value).length;
}

/** Uses its disk, one action a promise of it. */
function user(host: Host): Actions {
  const { disk } = host;
  return {
    seeOwnWrites: async () => {
      const written = disk.write({ a: 1, b: 2 });
      const seen = [await disk.read('a'), await disk.entries()];
      const later = [disk.write({ a: 3, b: undefined }), disk.write({ a: 4 })];
      const again = [await disk.read('a'), await disk.read('b'), await disk.entries()];
      await Promise.all([written, ...later]);
      return [...seen, ...again, await disk.entries()];
    },
    deleteNames: async () => {
      await disk.write({ a: 1, b: 2 });
      await disk.write({ a: undefined, never: undefined });
      return [await disk.read('a'), await disk.entries()];
    },
    sortNames: async () => {
      await disk.write(Object.fromEntries(NAMES.toReversed().map((name) => [name, name])));
      const all = await disk.entries();
      const some = await disk.entries('a/');
      return [all.map(([name]) => name), some.map(([name]) => name), await disk.entries('nothing')];
    },
    awkwardNames: async () => {
      const names = ['__proto__', 'constructor', 'toString'];
      const before = await Promise.all(names.map((name) => disk.read(name)));
      await disk.write({ ['__proto__']: 'p', constructor: 'c' });
      return [before, await Promise.all(names.map((name) => disk.read(name))), await disk.entries()];
    },
    countBytes: () => countBytes(disk),
    changedValues: async () => {
      await disk.write(makePlain());
      const entries = new Map(await disk.entries());
      const changed: string[] = [];
      for (const [kind, value] of Object.entries(makePlain())) {
        if (!isSame(await disk.read(kind), value) || !isSame(entries.get(kind), value)) changed.push(kind);
      }
      return changed;
    },
    keepCopies: async () => {
      const value = { list: [1] };
      const written = disk.write({ a: value });
      value.list.push(2);
      await written;
      (await disk.read<typeof value>('a'))?.list.push(3);
      for (const [, entry] of await disk.entries<typeof value>()) entry.list.push(4);
      return disk.read('a');
    },
    refuseUnplain: () => refuseUnplain(disk),
    writeNothing: async () => {
      await disk.write({});
      return [disk.usedBytes, await disk.entries()];
    },
  };
}

async function countBytes(disk: Disk): Promise<unknown[]> {
  const counts = [disk.usedBytes];
  const first = disk.write({ a: 'x'.repeat(300), é: [1, { b: 2n }] });
  counts.push(disk.usedBytes);
  await first;
  counts.push(disk.usedBytes);
  const second = disk.write({ a: null, é: undefined });
  counts.push(disk.usedBytes);
  await second;
  counts.push(disk.usedBytes);
  await disk.write({ a: undefined });
  counts.push(disk.usedBytes);
  return counts;
}

/** Kinds of data that were not refused as they should be. */
async function refuseUnplain(disk: Disk): Promise<unknown> {
  const accepted: string[] = [];
  for (const [kind, value] of Object.entries(makeUnplain())) {
    try {
      void disk.write({ fine: 1, wrong: value });
      accepted.push(kind);
    } catch (error) {
      if (!(error instanceof NotPlainData)) accepted.push(`${kind}: another error`);
    }
  }
  return [accepted, await disk.entries(), disk.usedBytes];
}

/** Uses the disks of several scopes. */
function layered(host: Host): Actions {
  const layers = [host, host.scope('a'), host.scope('a').scope('b'), host.scope('b')];
  return {
    write: async () => {
      await Promise.all(layers.map(({ disk }, index) => disk.write({ name: index, [`only-${index}`]: 1 })));
      await host.scope('a').disk.write({ 'only-1': undefined });
    },
    read: () => Promise.all(layers.map(async ({ disk }) => [await disk.entries(), disk.usedBytes])),
  };
}

/** What a disk promises while its node is up. */
export const DISK: readonly ConformanceCheck[] = [
  {
    name: 'a node sees its own writes at once, whole batches in the order of the calls',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(
        await world.run('n1', 'seeOwnWrites'),
        [
          1,
          [
            ['a', 1],
            ['b', 2],
          ],
          4,
          undefined,
          [['a', 4]],
          [['a', 4]],
        ],
        'what was read between and after writes',
      );
    },
  },
  {
    name: 'undefined deletes a name',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(await world.run('n1', 'deleteNames'), [undefined, [['b', 2]]], 'what is left');
    },
  },
  {
    name: 'an empty batch writes nothing',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(await world.run('n1', 'writeNothing'), [0, []], 'the disk');
    },
  },
  {
    name: 'entries are sorted by name in UTF-16 code units, and chosen by prefix',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(await world.run('n1', 'sortNames'), [NAMES, ['a/1', 'a/10', 'a/2'], []], 'the names');
    },
  },
  {
    name: 'names are just names, also those that every object has',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(
        await world.run('n1', 'awkwardNames'),
        [
          [undefined, undefined, undefined],
          ['p', 'c', undefined],
          [
            ['__proto__', 'p'],
            ['constructor', 'c'],
          ],
        ],
        'what was read before and after the write',
      );
    },
  },
  {
    name: 'usedBytes counts names and values in the canonical encoding, unconfirmed writes included',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      const first = entryBytes('a', 'x'.repeat(300)) + entryBytes('é', [1, { b: 2n }]);
      const second = entryBytes('a', null);
      expectSame(await world.run('n1', 'countBytes'), [0, first, first, second, second, 0], 'the counts');
    },
  },
  {
    name: 'plain data of every kind is read as it was written',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(await world.run('n1', 'changedValues'), [], 'what has changed');
    },
  },
  {
    name: 'the disk keeps copies, and gives copies',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(await world.run('n1', 'keepCopies'), { list: [1] }, 'what is stored');
    },
  },
  {
    name: 'a batch that is not plain data is refused at once, and nothing of it is written',
    isAboutCrashes: false,
    nodes: { n1: user },
    async run(world) {
      expectSame(await world.run('n1', 'refuseUnplain'), [[], [], 0], 'what was accepted, and the disk');
    },
  },
  {
    name: 'each scope has a disk of its own',
    isAboutCrashes: false,
    nodes: { n1: layered },
    async run(world) {
      await world.run('n1', 'write');
      const bytes = entryBytes('name', 0) + entryBytes('only-0', 1);
      expectSame(
        await world.run('n1', 'read'),
        [
          [
            [
              ['name', 0],
              ['only-0', 1],
            ],
            bytes,
          ],
          [[['name', 1]], entryBytes('name', 1)],
          [
            [
              ['name', 2],
              ['only-2', 1],
            ],
            bytes,
          ],
          [
            [
              ['name', 3],
              ['only-3', 1],
            ],
            bytes,
          ],
        ],
        'the disks',
      );
    },
  },
];
