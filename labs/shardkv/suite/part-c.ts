import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Begun, Cluster } from '../src/cluster.ts';
import { ALL_SHARDS, keyOf, ONE_OF_EACH } from '../src/keys.ts';
import { AT_ONCE, DELETION_MS, ELECTION_MS, QUIET_MS, SETTLE_MS } from '../src/numbers.ts';
import { expectServed, othersThan, shardsOf } from '../src/served.ts';
import { appendToAll, beginLoads, drawSeeds, readAll, readAndAppend } from '../src/tasks.ts';
import { reliable, unreliable } from './networks.ts';
import { forgottenRequests } from './part-c-memory.ts';
import { atRest } from './part-c-rest.ts';

/** Keys of these tests, and what each holds, in bytes. */
const LARGE_KEYS: readonly string[] = ONE_OF_EACH;
const LARGE = 600;
/** What nine servers may have on disk beside the data: Raft's state, sessions, configurations. */
const BESIDE_DATA = 9 * 1500;
/** What a server without shards may have on its disk, when it once had twelve, with 7,200 bytes in them. */
const OF_THE_PAST = 3000;

const deletion = defineTest<Cluster>({
  id: 'shardkv/C/deletion',
  title: 'What has been handed over is deleted',
  about:
    'Shards of 7,200 bytes in all go from group to group. Some time after each has arrived it is on the disks of its ' +
    'owner’s servers, and on no others.',
  points: 3,
  servers: 3,
  course: ['TestChallenge1Delete', 'TestDeleteBasic5A'],
  network: reliable,
  settings: { maxLogBytes: AT_ONCE },
  async run(cluster) {
    const client = cluster.client(0);
    const data = 3 * LARGE_KEYS.length * LARGE;
    await cluster.join(1);
    await cluster.run(client, 'large values', appendToAll(cluster, LARGE_KEYS, LARGE));
    for (let round = 0; round < 2; round++) {
      for (const change of [
        () => cluster.join(2),
        () => cluster.join(3),
        () => cluster.leave(1, 2),
        () => cluster.join(1),
        () => cluster.leave(3),
      ]) {
        await change();
        await cluster.run(client, 'a look', readAll(LARGE_KEYS));
        await cluster.sleep(DELETION_MS / 2);
      }
    }
    await cluster.sleep(DELETION_MS / 2);
    cluster.world.bound('bytes on the disks of all groups', cluster.groupBytes(), {
      atLeast: data,
      atMost: data + BESIDE_DATA,
    });
    await cluster.run(client, 'a last look', readAll(LARGE_KEYS));
  },
});

const nothingLeft = defineTest<Cluster>({
  id: 'shardkv/C/nothing-left',
  title: 'A group without shards keeps nothing',
  about:
    'A group has had all shards, and then leaves, while the next owner’s servers boot again, or while one of its own ' +
    'is down. What its servers keep does not depend on what the shards held, or on how many clients there were.',
  points: 2,
  servers: 3,
  network: unreliable,
  settings: { groups: 2, clients: 2, maxLogBytes: AT_ONCE },
  async run(cluster) {
    const client = cluster.client(0);
    await cluster.join(1);
    for (const id of [1, 2]) {
      const [old, next] = [cluster.group(id).servers, cluster.group(3 - id).servers];
      await cluster.run(client, 'large values', appendToAll(cluster, LARGE_KEYS, LARGE));
      await cluster.run(cluster.client(1), 'many clients', async (machine) => {
        for (let i = 0; i < 2; i++) {
          await Promise.all(
            ALL_SHARDS.map((shard) => machine.makeClerk().append(keyOf(shard, 2), cluster.token())),
          );
        }
      });
      const absent = old.slice(0, 1);
      cluster.crash(...absent);
      await cluster.join(3 - id);
      await cluster.leave(id);
      await cluster.sleep(ELECTION_MS / 10);
      cluster.crash(...next);
      cluster.restart(...next);
      await cluster.run(client, 'a look', readAll(LARGE_KEYS));
      cluster.restart(...absent);
      await cluster.sleep(DELETION_MS);
      const largest = Math.max(...old.map((server) => cluster.world.diskBytes(server)));
      cluster.world.bound('bytes on the disk of a server that has no shard', largest, {
        atMost: OF_THE_PAST,
      });
    }
  },
});

const unaffected = defineTest<Cluster>({
  id: 'shardkv/C/unaffected',
  title: 'What does not move is served',
  about:
    'A group dies, and then leaves: its shards can never arrive. Another group, which should get some of them, goes ' +
    'on serving what it had, also after it has restarted; and when the dead are back, everything arrives.',
  points: 3,
  servers: 3,
  course: ['TestChallenge2Unaffected', 'TestJoinLeave5B', 'TestProgressShutdown5A'],
  network: unreliable,
  settings: { groups: 2, clients: 2, maxLogBytes: 100 },
  async run(cluster) {
    const [client, dead, alive] = [cluster.client(0), cluster.group(1).servers, cluster.group(2).servers];
    await cluster.join(1, 2);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    const kept = await shardsOf(cluster, 2);
    cluster.crash(...dead);
    await cluster.leave(1);
    await cluster.sleep(QUIET_MS / 2);
    const why = 'they did not move, and the group that had the others is down';
    const keys = kept.map((shard) => keyOf(shard));
    const open: Begun[] = [...(await expectServed(cluster, kept, { why }))];
    await cluster.run(client, 'looks and appends to what did not move', readAndAppend(cluster, keys));
    cluster.crash(...alive);
    cluster.restart(...alive);
    await cluster.run(client, 'looks and appends to what did not move', readAndAppend(cluster, keys));
    open.push(...(await expectServed(cluster, kept, { why, client: cluster.client(1) })));
    cluster.restart(...dead);
    await cluster.ended(open, 'the group that had the shards is back');
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
  },
});

const partial = defineTest<Cluster>({
  id: 'shardkv/C/partial',
  title: 'What has arrived is served',
  about:
    'Two groups leave at once, and one of them is dead. The shards of the other arrive and are served, read and ' +
    'written, though those of the dead one do not come; and so they are after a restart.',
  points: 2,
  servers: 3,
  course: ['TestChallenge2Partial'],
  network: unreliable,
  settings: { clients: 2, maxLogBytes: 100 },
  async run(cluster) {
    const [client, dead, heir] = [cluster.client(0), cluster.group(1).servers, cluster.group(2).servers];
    await cluster.join(1, 2, 3);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    const lost = await shardsOf(cluster, 1);
    cluster.crash(...dead);
    await cluster.leave(1, 3);
    const served = othersThan(lost);
    const why = 'only shards of group 1, which is down, cannot have arrived';
    const keys = served.map((shard) => keyOf(shard));
    const open = await expectServed(cluster, served, { why });
    await cluster.run(client, 'looks and appends to what has arrived', readAndAppend(cluster, keys));
    cluster.crash(...heir);
    cluster.restart(...heir);
    await cluster.run(client, 'looks and appends to what has arrived', readAndAppend(cluster, keys));
    cluster.restart(...dead);
    await cluster.ended(open, 'group 1 is back');
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
  },
});

const deadHeir = defineTest<Cluster>({
  id: 'shardkv/C/dead-heir',
  title: 'A new owner that is dead',
  about:
    'Two groups join at once, and one of them is down. What it should get is served by nobody until it boots; ' +
    'everything else is, also what goes from the same old owner to the group that is up. Meanwhile the old owner ' +
    'compacts its log and restarts, and still has what it is to hand over.',
  points: 2,
  servers: 3,
  course: ['TestJoinLeave5B'],
  network: reliable,
  settings: { clients: 2, maxLogBytes: 100 },
  async run(cluster) {
    const [client, old, dead] = [cluster.client(0), cluster.group(1).servers, cluster.group(2).servers];
    await cluster.join(1);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    cluster.crash(...dead);
    await cluster.join(2, 3);
    await cluster.sleep(QUIET_MS / 2);
    const served = await shardsOf(cluster, 1, 3);
    const why = 'of what has moved, only the shards of group 2, which is down, cannot have arrived';
    const open = await expectServed(cluster, served, { why });
    const keys = served.map((shard) => keyOf(shard));
    await cluster.run(client, 'looks and appends to what has arrived', readAndAppend(cluster, keys));
    cluster.crash(...old);
    cluster.restart(...old);
    await cluster.run(client, 'looks and appends to what has arrived', readAndAppend(cluster, keys));
    cluster.restart(...dead);
    await cluster.ended(open, 'group 2 has booted');
    await cluster.run(client, 'a last look', readAll());
  },
});

/** How long an operation on a shard that does not move may take while others do. */
const PROMPT_MS = 150;

const noPause = defineTest<Cluster, number[]>({
  id: 'shardkv/C/no-pause',
  title: 'Service goes on while shards move',
  about:
    'The network between two groups is cut, so that nothing can be handed over, and mended again, round after round. ' +
    `All the time each operation on a shard that does not move takes ${PROMPT_MS} ms at most.`,
  points: 2,
  servers: 3,
  course: ['TestProgressJoin5A'],
  network: reliable,
  settings: { clients: 2 },
  plan: (draw) => drawSeeds(draw, 2),
  async run(cluster, seeds) {
    const [first, second] = [cluster.group(1).servers, cluster.group(2).servers];
    await cluster.join(1, 2, 3);
    await cluster.run(cluster.client(0), 'an append to each shard', appendToAll(cluster));
    const { shards } = await cluster.configuration();
    const [one = 0, ...ofOne] = ALL_SHARDS.filter((shard) => shards[shard] === 1);
    const [two = 0, ...ofTwo] = ALL_SHARDS.filter((shard) => shards[shard] === 2);
    const staying = [...ofOne, ...ofTwo].map((shard) => keyOf(shard));
    const moving = await beginLoads(cluster, seeds, { keys: [one, two].map((shard) => keyOf(shard)) });
    const watch = new Watch();
    const watching = await cluster.begin(cluster.administrator(), 'a watch', watch.task(cluster, staying));
    for (let round = 0; round < 3; round++) {
      const [toOne, toTwo] = round % 2 === 0 ? [two, one] : [one, two];
      cluster.cut(first, second);
      await cluster.move(toOne, 1);
      await cluster.move(toTwo, 2);
      await cluster.sleep(QUIET_MS / 2);
      cluster.mend(first, second);
      await cluster.sleep(QUIET_MS / 3);
    }
    watch.isOver = true;
    await cluster.ended([watching], 'these shards have not moved');
    await cluster.stop();
    await cluster.ended(moving, 'the network is whole', SETTLE_MS);
    cluster.world.bound('ms for an operation on a shard that does not move', Math.ceil(watch.longestMs), {
      atMost: PROMPT_MS,
    });
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

/** One operation after the other, and how long the longest took. */
class Watch {
  isOver = false;
  longestMs = 0;

  task(cluster: Cluster, keys: readonly string[]): Parameters<Cluster['begin']>[2] {
    return async (machine) => {
      const clerk = machine.makeClerk();
      for (let i = 0; !this.isOver; i++) {
        const [key = '', from] = [keys[i % keys.length], machine.now];
        await (i % 2 === 0 ? clerk.append(key, cluster.token()) : clerk.get(key));
        // The first time a clerk has to find out where everything is.
        if (i >= keys.length) this.longestMs = Math.max(this.longestMs, machine.now - from);
        await machine.sleep(7);
      }
    };
  }
}

/** The two challenges of the course. */
export const partC = definePart<Cluster>({
  id: 'C',
  title: 'Deletion, and service during changes',
  tests: [deletion, nothingLeft, unaffected, partial, deadHeir, noPause, forgottenRequests, atRest],
});
