import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster, Task } from '../src/cluster.ts';
import { keyOf, ONE_OF_EACH } from '../src/keys.ts';
import { LOG_BYTES, QUIET_MS } from '../src/numbers.ts';
import { shardsOf } from '../src/served.ts';
import { appendToAll, beginLoads, drawSeeds, Kept, readAll, readAndAppend } from '../src/tasks.ts';
import { duplicating, reliable } from './networks.ts';

const uninformed = defineTest<Cluster, number[]>({
  id: 'shardkv/B/uninformed-owner',
  title: 'The old owner does not hear the controller',
  about:
    'A group that cannot reach the controller goes on serving; shards are taken from it meanwhile. Clients write at ' +
    'the old owner and at the new one, and nothing that was answered is lost.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: 3 },
  situations: { 'operations ended while the old owner could not know': 'always' },
  plan: (draw) => drawSeeds(draw, 3),
  async run(cluster, seeds) {
    const { servers } = cluster.group(1);
    await cluster.join(1, 2);
    for (let round = 0; round < 2; round++) {
      const mine = await shardsOf(cluster, 1);
      const moving = mine.slice(0, 4);
      const keys = mine.map((shard) => keyOf(shard));
      await cluster.run(cluster.client(0), 'appends', appendToAll(cluster, keys));
      cluster.cut(servers, cluster.controllers);
      const begun = await beginLoads(cluster, seeds, { keys, restMs: 40 });
      await cluster.sleep(20);
      for (const shard of moving) await cluster.move(shard, 2);
      const before = returned(cluster);
      await cluster.sleep(QUIET_MS / 4);
      if (returned(cluster) > before) cluster.reached('operations ended while the old owner could not know');
      cluster.mend(servers, cluster.controllers);
      await cluster.sleep(QUIET_MS / 4);
      await cluster.stop();
      await cluster.ended(begun, 'everybody hears everybody again');
      for (const shard of moving) await cluster.move(shard, 1);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

function returned(cluster: Cluster): number {
  return cluster.clients.reduce((sum, client) => {
    const driver = cluster.world.driver(client);
    return sum + (driver?.role === 'client' ? driver.returned : 0);
  }, 0);
}

const deposedOwner = defineTest<Cluster>({
  id: 'shardkv/B/deposed-owner',
  title: 'The old owner’s leader was cut off before it gave the shards away',
  about:
    'A group’s leader hears a client and nobody else, while the rest of its group hands the shards over and others ' +
    'write there. It still believes that it has them, and may not say what is in them.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: 2 },
  async run(cluster) {
    const [inside, outside] = [cluster.client(1), cluster.client(0)];
    await cluster.join(1);
    for (const id of [1, 2]) {
      const { servers } = cluster.group(id);
      const kept = new Kept();
      const look: Task = async (machine) => {
        await Promise.all(ONE_OF_EACH.map((key) => kept.of(machine).get(key)));
      };
      await cluster.run(outside, 'appends', appendToAll(cluster));
      await cluster.run(inside, 'a look of a clerk that then knows where everything is', look);
      const leader = await cluster.waitForLeader(servers);
      const world = [...cluster.servers, outside].filter((node) => node !== leader);
      cluster.cut([leader, inside], world);
      await cluster.join(3 - id);
      await cluster.leave(id);
      await cluster.run(outside, 'looks and appends at the new owner', readAndAppend(cluster));
      const late = await cluster.begin(inside, 'another look, at the old leader', look);
      await cluster.sleep(QUIET_MS / 2);
      await cluster.run(outside, 'more appends', appendToAll(cluster));
      cluster.network.heal();
      await cluster.ended([late], 'everybody hears everybody again');
    }
    await cluster.run(outside, 'a last look', readAll());
  },
});

const ROUNDS = 6;

const thereAndBack = defineTest<Cluster, number[]>({
  id: 'shardkv/B/there-and-back',
  title: 'Shards go there and back while messages come twice, and late',
  about:
    'A few shards go from group to group and back, again and again, while clients append to them. A third of all ' +
    'messages come a second time, up to two seconds later: what one group has sent another may come when the shard ' +
    'is there for the second time, or elsewhere.',
  points: 2,
  servers: 3,
  network: duplicating,
  settings: { clients: 3 },
  plan: (draw) => [...drawSeeds(draw, 3), ...Array.from({ length: ROUNDS }, () => draw.integer(30, 600))],
  async run(cluster, [one = 0, two = 0, three = 0, ...pauses]) {
    await cluster.join(1, 2, 3);
    const moving = (await shardsOf(cluster, 1)).slice(0, 2);
    const keys = moving.flatMap((shard) => [keyOf(shard), keyOf(shard, 2)]);
    const begun = await beginLoads(cluster, [one, two, three], { keys, restMs: 25 });
    for (const [round, pause] of pauses.entries()) {
      for (const shard of moving) await cluster.move(shard, [2, 1, 2, 3][round % 4] ?? 1);
      await cluster.sleep(pause);
    }
    await cluster.sleep(QUIET_MS);
    await cluster.stop();
    await cluster.ended(begun, 'every group was there all the time');
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

const quickReturn = defineTest<Cluster, number[]>({
  id: 'shardkv/B/quick-return',
  title: 'A shard comes back before it has gone',
  about:
    'Shards are moved to another group and back within moments, so that groups learn of both changes at once, while ' +
    'clients append; some servers lag behind, and one boots again in between.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: 2, maxLogBytes: LOG_BYTES },
  plan: (draw) => [...drawSeeds(draw, 2), ...Array.from({ length: 8 }, () => draw.integer(0, 90))],
  async run(cluster, [one = 0, two = 0, ...pauses]) {
    await cluster.join(1, 2);
    const moving = await shardsOf(cluster, 1);
    const begun = await beginLoads(cluster, [one, two], { keys: moving.map((shard) => keyOf(shard)) });
    for (const [round, pause] of pauses.entries()) {
      const shard = moving[round % moving.length] ?? 0;
      await cluster.move(shard, 2);
      if (round % 3 === 0) await cluster.move(shard, 1);
      if (round % 3 === 1) await cluster.move(shard, 2);
      const server = cluster.group(1 + (round % 2)).servers[round % 3] ?? '';
      cluster.crash(server);
      await cluster.sleep(pause);
      cluster.restart(server);
      if (round % 3 > 0) await cluster.move(shard, 1);
    }
    await cluster.stop();
    await cluster.ended(begun, 'a majority of every group was there all the time');
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

/** Tests of who owns a shard, and when. */
export const handovers = [uninformed, deposedOwner, thereAndBack, quickReturn];
