import { NO_GROUP, SHARDS } from '@lockstep/api';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { history, onPaper } from '../src/on-paper.ts';
import type { RecordedAdministrator } from '../src/recorded-administrator.ts';
import { failures } from './part-a-failures.ts';
import { reliable, unreliable } from './networks.ts';

/** A controller alone, and groups that are only names. */
const ALONE = { groups: 0 };

const basic = defineTest<Cluster>({
  id: 'shardkv/A/basic',
  title: 'Groups join and leave',
  about:
    'Groups join and leave, one at a time, to the last one. Shards are balanced after each change, no more of them ' +
    'move than has to, and without groups they are assigned to none.',
  points: 1,
  servers: 3,
  course: ['TestBasic'],
  network: reliable,
  settings: ALONE,
  async run(cluster) {
    await cluster.administer('joins and leaves', async (one) => {
      await one.query();
      for (const group of [7, 3, 12, 5, 1]) await one.join(onPaper(group));
      await one.query();
      for (const group of [3, 12, 7, 1, 5]) await one.leave([group]);
      await one.query();
      await one.join(onPaper(2));
      await history(one);
    });
  },
});

const historical = defineTest<Cluster>({
  id: 'shardkv/A/historical',
  title: 'Old configurations stay as they were',
  about:
    'Configurations are asked for by their numbers while others are made, with one server after the other away: each ' +
    'is for ever what it was, and a number that is none yet means the latest.',
  points: 2,
  servers: 3,
  course: ['TestBasic'],
  network: reliable,
  settings: ALONE,
  async run(cluster) {
    for (const [round, server] of cluster.controllers.entries()) {
      await cluster.administer('changes and looks back', async (one) => {
        await one.join(onPaper(round + 1, round + 11));
        await history(one);
        await one.leave([round + 11]);
      });
      cluster.crash(server);
      await cluster.administer('a look back without one server', history);
      await cluster.administer('changes without one server', async (one) => {
        await one.move(round, round + 1);
        await one.query(100);
      });
      cluster.restart(server);
    }
    await cluster.administer('a last look', history);
  },
});

const moves = defineTest<Cluster>({
  id: 'shardkv/A/move',
  title: 'Shards are moved by hand',
  about:
    'Each shard is moved to a group of choice, and no other moves with it. Where many have been moved to one group, ' +
    'the next join, or leave, balances all of them again, with as few transfers as that takes.',
  points: 2,
  servers: 3,
  course: ['TestBasic'],
  network: reliable,
  settings: ALONE,
  async run(cluster) {
    await cluster.administer('moves', async (one) => {
      await one.join(onPaper(1, 2));
      for (let shard = 0; shard < SHARDS; shard++) await one.move(shard, shard < SHARDS / 2 ? 2 : 1);
      for (let shard = 0; shard < SHARDS; shard++) await one.move(shard, 2);
      await one.join(onPaper(3));
      for (let shard = 0; shard < SHARDS; shard++) await one.move(shard, 3);
      await one.leave([1]);
      await history(one);
    });
  },
});

const transfers = defineTest<Cluster>({
  id: 'shardkv/A/minimal-transfers',
  title: 'No shard moves without need',
  about:
    'Many groups join, more than there are shards, and leave again, one or several in a call. None moves between ' +
    'groups that were there before and stay.',
  points: 2,
  servers: 3,
  course: ['TestMulti', 'TestMinimalAgain'],
  network: reliable,
  settings: ALONE,
  async run(cluster) {
    await cluster.administer('many groups', async (one) => {
      await one.join(onPaper(20, 10, 30));
      await one.join(onPaper(4, 25));
      await one.join(onPaper(1));
      await one.join(onPaper(2, 3, 5, 6, 7, 8, 9, 11, 12, 13));
      await one.leave([20, 4]);
      await one.leave([1, 2, 3, 5, 6]);
      await one.join(onPaper(40, 41));
      await one.leave([7, 8, 9, 11, 12, 13, 10]);
      await one.leave([30, 25, 40, 41]);
      await one.join(onPaper(50, 51, 52, 53, 54));
      await one.leave([50]);
      await history(one);
    });
  },
});

const concurrent = defineTest<Cluster>({
  id: 'shardkv/A/concurrent',
  title: 'Ten administrators at the same time',
  about:
    'Ten administrators make changes at the same time, of one group or of several, while messages are lost. Each ' +
    'change makes one configuration, however often it was asked for.',
  points: 2,
  servers: 3,
  course: ['TestBasic', 'TestMulti'],
  network: unreliable,
  settings: { ...ALONE, administrators: 10 },
  async run(cluster) {
    const begun = [];
    for (const [place, machine] of cluster.machines.administrators.entries()) {
      const task = async (one: RecordedAdministrator): Promise<void> => {
        await one.join(onPaper(place + 1001, place + 2001));
        await one.join(onPaper(place + 1));
        await one.query();
        await one.leave([place + 1001, place + 2001]);
      };
      begun.push(await cluster.begin(machine, 'changes', (client) => task(client.makeAdministrator())));
    }
    await cluster.ended(begun, 'the controller was there all the time', 20_000);
    await cluster.administer('a last look', history);
  },
});

const empty = defineTest<Cluster>({
  id: 'shardkv/A/no-groups',
  title: 'All groups leave at once',
  about:
    'All groups leave in one call, and with them the owners of all shards; the next ones to join get all of them. ' +
    `Shards that nobody has are assigned to group ${NO_GROUP}.`,
  points: 1,
  servers: 3,
  network: reliable,
  settings: ALONE,
  async run(cluster) {
    await cluster.administer('groups come and go', async (one) => {
      for (const groups of [[1], [2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]]) {
        await one.join(onPaper(...groups));
        await one.leave(groups);
        await one.query();
      }
      await history(one);
    });
  },
});

/** The controller. */
export const partA = definePart<Cluster>({
  id: 'A',
  title: 'The shard controller',
  tests: [basic, historical, moves, transfers, concurrent, empty, ...failures],
});
