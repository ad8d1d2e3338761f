import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ALL_SHARDS, keyOf, ONE_OF_EACH } from '../src/keys.ts';
import { LOG_BYTES, QUIET_MS, SETTLE_MS } from '../src/numbers.ts';
import { expectServed, shardsOf } from '../src/served.ts';
import { appendToAll, readAll, readAndAppend } from '../src/tasks.ts';
import { lateCopies } from './part-b-copies.ts';
import { storms } from './part-b-storms.ts';
import { handovers } from './part-b-handovers.ts';
import { retries } from './part-b-retries.ts';
import { reliable, unreliable } from './networks.ts';

const still = defineTest<Cluster>({
  id: 'shardkv/B/static',
  title: 'Two groups, and no change',
  about:
    'Each of two groups serves its half of the shards. When all servers of one are down, its half is not served and ' +
    'the other is; when only its leader is down, everything is.',
  points: 1,
  servers: 3,
  course: ['TestStaticShards', 'TestStaticOneShardGroup5A', 'TestJoinBasic5A'],
  network: reliable,
  settings: { groups: 2 },
  async run(cluster) {
    await cluster.join(1, 2);
    await cluster.run(cluster.client(0), 'an append to each shard', appendToAll(cluster));
    for (const { id, servers } of cluster.groups) {
      const leader = await cluster.waitForLeader(servers);
      cluster.crash(leader);
      await cluster.run(cluster.client(0), 'a look without a leader', readAndAppend(cluster));
      const served = await shardsOf(cluster, 3 - id);
      cluster.crash(...servers);
      const open = await expectServed(cluster, served, { why: `group ${id} is down` });
      cluster.restart(...servers);
      await cluster.ended(open, `group ${id} is back`);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

const joinLeave = defineTest<Cluster>({
  id: 'shardkv/B/join-leave',
  title: 'One group takes over from another, and back',
  about:
    'A group joins, the first one leaves and is shut down for good: all shards are with the other, with all that was ' +
    'written. Then the first one is back, and takes them all over again.',
  points: 2,
  servers: 3,
  course: ['TestJoinLeave', 'TestJoinLeaveBasic5A', 'TestDeleteBasic5A'],
  network: reliable,
  settings: { groups: 2 },
  async run(cluster) {
    const [client, first] = [cluster.client(0), cluster.group(1)];
    await cluster.join(1);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    await cluster.join(2);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
    await cluster.leave(1);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
    await cluster.sleep(QUIET_MS);
    cluster.crash(...first.servers);
    await expectServed(cluster, ALL_SHARDS, {
      why: 'they had all been handed over before group 1 went down',
    });
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
    cluster.restart(...first.servers);
    await cluster.join(1);
    await cluster.leave(2);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
    await cluster.sleep(QUIET_MS);
    cluster.crash(...cluster.group(2).servers);
    await cluster.run(client, 'a last look', readAll());
  },
});

const snapshots = defineTest<Cluster>({
  id: 'shardkv/B/snapshots',
  title: 'Shards move, and logs are compacted',
  about:
    'Shards move between three groups whose logs are bounded by snapshots; then all servers restart from what they ' +
    'have on disk.',
  points: 2,
  servers: 3,
  course: ['TestSnapshot'],
  network: reliable,
  settings: { maxLogBytes: LOG_BYTES },
  situations: { 'every group took snapshots': 'always' },
  async run(cluster) {
    const client = cluster.client(0);
    const keys = ALL_SHARDS.flatMap((shard) => [keyOf(shard), keyOf(shard, 1)]);
    await cluster.join(1);
    await cluster.run(client, 'an append to each key', appendToAll(cluster, keys, 40));
    await cluster.join(2, 3);
    await cluster.leave(1);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster, keys));
    await cluster.leave(2);
    await cluster.join(1);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster, keys));
    await cluster.sleep(QUIET_MS);
    cluster.boundLogs();
    const taken = cluster.groups.map(({ servers }) =>
      servers.some((server) => cluster.snapshots(server) > 0),
    );
    if (taken.every(Boolean)) cluster.reached('every group took snapshots');
    const all = cluster.groups.flatMap(({ servers }) => servers);
    cluster.crash(...all);
    cluster.restart(...all);
    await cluster.run(client, 'a last look', readAndAppend(cluster, keys));
  },
});

const missed = defineTest<Cluster>({
  id: 'shardkv/B/missed-changes',
  title: 'Servers miss changes',
  about:
    'One server of each group is down while shards move several times and logs are compacted; then another one is. ' +
    'Those that come back are needed at once.',
  points: 2,
  servers: 3,
  course: ['TestMissChange'],
  network: reliable,
  settings: { maxLogBytes: LOG_BYTES },
  async run(cluster) {
    const client = cluster.client(0);
    const serversAt = (place: number): string[] =>
      cluster.groups.flatMap(({ servers }) => servers[place] ?? []);
    await cluster.join(1);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    await cluster.join(2);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
    for (const place of [0, 1]) {
      cluster.crash(...serversAt(place));
      await (place === 0 ? cluster.join(3) : cluster.leave(2));
      await cluster.run(client, 'looks and appends', readAndAppend(cluster));
      await (place === 0 ? cluster.leave(1) : cluster.join(1));
      await cluster.run(client, 'looks and appends', readAndAppend(cluster));
      await (place === 0 ? cluster.join(1) : cluster.leave(3));
      await cluster.run(client, 'looks and appends', readAndAppend(cluster));
      await (place === 0 ? cluster.leave(1) : cluster.join(2, 3));
      cluster.crash(...serversAt(2));
      cluster.restart(...serversAt(place));
      await cluster.run(client, 'looks and appends', readAndAppend(cluster), 2 * SETTLE_MS);
      cluster.restart(...serversAt(2));
    }
    await cluster.run(client, 'a last look', readAll());
  },
});

const missedByAll = defineTest<Cluster>({
  id: 'shardkv/B/missed-by-a-group',
  title: 'A whole group misses changes',
  about:
    'A shard is moved to a group that is down, and on from there before it is back. It ends up where it was sent ' +
    'last, with all that it held, though one of the groups on its way has never known that it was there.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: {},
  async run(cluster) {
    const [client, away] = [cluster.client(0), cluster.group(2)];
    await cluster.join(1, 2, 3);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    for (let round = 0; round < 2; round++) {
      const [mine, thirds] = [await shardsOf(cluster, 1), await shardsOf(cluster, 3)];
      const [one = 0, two = 0] = mine;
      const [three = 0] = thirds;
      cluster.crash(...away.servers);
      await cluster.move(one, 2);
      await cluster.move(two, 2);
      await cluster.move(one, 3);
      await cluster.move(three, 2);
      await cluster.move(two, 1);
      await cluster.move(three, 1);
      await cluster.sleep(QUIET_MS / 2);
      cluster.restart(...away.servers);
      await cluster.run(client, 'looks and appends', readAndAppend(cluster));
      await cluster.move(one, 1);
      await cluster.move(three, 3);
    }
    await cluster.run(client, 'a last look', readAll());
  },
});

const rejection = defineTest<Cluster>({
  id: 'shardkv/B/rejection',
  title: 'Clients that are told something else',
  about:
    'A second controller assigns all shards to group 1, and some clients ask that one. Groups go by their own ' +
    'controller: group 1 serves these clients what it owns, and refuses the rest.',
  points: 2,
  servers: 3,
  course: ['TestRejection5A'],
  network: reliable,
  settings: { groups: 2, clients: 2, otherControllers: 3 },
  async run(cluster) {
    const { otherControllers } = cluster.machines;
    await cluster.join(1, 2);
    await cluster.run(cluster.client(0), 'an append to each shard', appendToAll(cluster));
    await cluster.run(cluster.administrator(), 'the other controller has one group', async (machine) => {
      await machine.makeAdministrator(otherControllers).join(cluster.serversOf([1]));
    });
    const why = 'group 1 has half of the shards, whatever another controller says';
    const look = { why, client: cluster.client(1), controllers: otherControllers };
    await expectServed(cluster, await shardsOf(cluster, 1), look);
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

const many = defineTest<Cluster>({
  id: 'shardkv/B/many-groups',
  title: 'Many groups join and leave',
  about:
    'Seven groups join one after the other without a pause, and leave again, until one has all shards; messages are ' +
    'lost. Each shard has come through several hands.',
  points: 1,
  servers: 3,
  course: ['TestManyJoinLeaveReliable5A', 'TestManyJoinLeaveUnreliable5A'],
  network: unreliable,
  settings: { groups: 7, groupSize: 2 },
  async run(cluster) {
    const client = cluster.client(0);
    const ids = cluster.groups.map(({ id }) => id);
    await cluster.join(1);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    for (const id of ids.slice(1)) await cluster.join(id);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster), 2 * SETTLE_MS);
    for (const id of ids.slice(0, -1)) await cluster.leave(id);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster), 2 * SETTLE_MS);
    await cluster.leave(ids.length);
    await cluster.join(1);
    await cluster.run(client, 'a last look', readAndAppend(cluster, ONE_OF_EACH), 2 * SETTLE_MS);
  },
});

/** Shards that move. */
export const partB = definePart<Cluster>({
  id: 'B',
  title: 'Moving shards',
  tests: [
    still,
    joinLeave,
    snapshots,
    missed,
    missedByAll,
    rejection,
    many,
    ...handovers,
    lateCopies,
    ...retries,
    ...storms,
  ],
});
