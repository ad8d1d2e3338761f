import { slowDisk } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { NodeId } from '@lockstep/api';
import type { Cluster } from '../src/cluster.ts';
import { keyOf, ONE_OF_EACH } from '../src/keys.ts';
import { ELECTION_MS, LOG_BYTES, QUIET_MS, SETTLE_MS } from '../src/numbers.ts';
import { shardsOf } from '../src/served.ts';
import { appendToAll, beginLoads, drawSeeds, Kept, readAll, readAndAppend } from '../src/tasks.ts';
import { lonelyLeader } from './part-d-lonely.ts';
import { administrators } from './part-d-administrators.ts';
import { reliable, unreliable } from './networks.ts';

/** Whose leader fails in the middle of a hand-over. */
type Driver = 'old owner' | 'new owner' | 'controller';

interface Blow {
  readonly driver: Driver;
  /** It comes after so many effects of the driver, counted from when the change is made. */
  readonly effects: number;
  /** Or it comes after so long. */
  readonly ms: number;
}

interface DriverPlan {
  readonly seeds: readonly number[];
  readonly blows: readonly Blow[];
}

const CLIENTS = 2;

function drawDriver(draw: Draw, rounds: number, maxEffects: number, maxMs: number): DriverPlan {
  const all: readonly Driver[] = ['old owner', 'new owner', 'controller', 'new owner', 'old owner'];
  return {
    seeds: drawSeeds(draw, CLIENTS),
    blows: Array.from({ length: rounds }, (_, round) => ({
      driver: all[round % all.length] ?? 'controller',
      effects: draw.integer(1, maxEffects),
      ms: draw.integer(0, maxMs),
    })),
  };
}

/** The servers that drive a hand-over between groups 1 and 2. */
function serversOf(cluster: Cluster, driver: Driver, target: number): readonly NodeId[] {
  if (driver === 'controller') return cluster.controllers;
  return cluster.group(driver === 'new owner' ? target : 3 - target).servers;
}

/** Half of the shards go from group 1 to group 2 and back while clients work; each time somebody fails. */
async function underBlows(
  cluster: Cluster,
  { seeds, blows }: DriverPlan,
  suffer: (
    leader: NodeId,
    blow: Blow,
    servers: readonly NodeId[],
    change: () => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  await cluster.join(1, 2);
  const moving = (await shardsOf(cluster, 1)).slice(0, 3);
  await cluster.run(cluster.client(0), 'an append to each shard', appendToAll(cluster));
  const keys = moving.flatMap((shard) => [keyOf(shard), keyOf(shard, 1)]);
  const begun = await beginLoads(cluster, seeds, { keys, restMs: 30 });
  for (const [round, blow] of blows.entries()) {
    const target = 2 - (round % 2);
    const servers = serversOf(cluster, blow.driver, target);
    const leader = await cluster.waitForLeader(servers);
    await suffer(leader, blow, servers, async () => {
      for (const shard of moving) await cluster.move(shard, target);
    });
    await cluster.run(
      cluster.administrator(),
      'looks and appends',
      readAndAppend(cluster, keys),
      2 * SETTLE_MS,
    );
  }
  await cluster.stop();
  await cluster.ended(begun, 'nothing fails any more', 2 * SETTLE_MS);
  await cluster.run(cluster.client(0), 'a last look', readAll());
}

const crashes = defineTest<Cluster, DriverPlan>({
  id: 'shardkv/D/crashes',
  title: 'Whoever drives a hand-over crashes in the middle of it',
  about:
    'The leader of the old owner, of the new one, or of the controller dies after some effect of its work during a ' +
    'hand-over, and does not come back before the shards have arrived: the others of its group do what it has left.',
  points: 1,
  servers: 3,
  network: reliable,
  disk: slowDisk,
  settings: { groups: 2, clients: CLIENTS },
  plan: (draw) => drawDriver(draw, 5, 40, 0),
  run: (cluster, plan) =>
    underBlows(cluster, plan, async (leader, { effects }, servers, change) => {
      cluster.restart(...servers);
      cluster.world.crashAfterEffects(leader, effects);
      await change();
      await cluster.sleep(ELECTION_MS / 2);
      cluster.crash(leader);
      await cluster.run(cluster.administrator(), 'a look without it', readAll(), 2 * SETTLE_MS);
      cluster.restart(leader);
    }),
});

const powerFailures = defineTest<Cluster, DriverPlan>({
  id: 'shardkv/D/power-failures',
  title: 'A whole group, or the controller, crashes in the middle of a hand-over',
  about:
    'All servers of the old owner, of the new one, or of the controller die at once after some effect of their ' +
    'leader during a hand-over, and boot again from what is on their disks.',
  points: 1,
  servers: 3,
  network: unreliable,
  disk: slowDisk,
  settings: { groups: 2, clients: CLIENTS, maxLogBytes: LOG_BYTES },
  plan: (draw) => drawDriver(draw, 6, 60, 0),
  run: (cluster, plan) =>
    underBlows(cluster, plan, async (leader, { effects }, servers, change) => {
      const changing = cluster.world.spawn(change);
      await cluster.crashAtWork(leader, effects);
      cluster.crash(...servers);
      await cluster.sleep(effects);
      cluster.restart(...servers);
      await changing;
    }),
});

const pauses = defineTest<Cluster, DriverPlan>({
  id: 'shardkv/D/deposed-drivers',
  title: 'Whoever drives a hand-over falls asleep, and wakes up too late',
  about:
    'The leader that drives a hand-over is paused in the middle of it. The others finish it, and the shards go back ' +
    'where they came from. Then the sleeper wakes up, believes that no time has passed, and goes on; it disturbs ' +
    'nothing.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: CLIENTS },
  plan: (draw) => drawDriver(draw, 5, 1, 140),
  run: (cluster, plan) =>
    underBlows(cluster, plan, async (leader, { ms }, servers, change) => {
      const others = servers.filter((server) => server !== leader);
      const changing = cluster.world.spawn(change);
      await cluster.sleep(ms);
      cluster.world.pause(leader);
      await changing;
      await cluster.waitForLeader(others);
      await cluster.run(
        cluster.administrator(),
        'looks and appends meanwhile',
        readAndAppend(cluster),
        2 * SETTLE_MS,
      );
      cluster.world.resume(leader);
      await cluster.sleep(QUIET_MS / 2);
    }),
});

const cutOff = defineTest<Cluster, DriverPlan>({
  id: 'shardkv/D/cut-off-drivers',
  title: 'Whoever drives a hand-over is cut off from its group',
  about:
    'The leader that drives a hand-over cannot reach its own group, and still reaches all others. It can commit ' +
    'nothing; what it has told others, or got from them, must not count for more than it is.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: CLIENTS },
  plan: (draw) => drawDriver(draw, 6, 1, 140),
  run: (cluster, plan) =>
    underBlows(cluster, plan, async (leader, { ms }, servers, change) => {
      const others = servers.filter((server) => server !== leader);
      const changing = cluster.world.spawn(change);
      await cluster.sleep(ms);
      cluster.cut([leader], others);
      await changing;
      await cluster.waitForLeader(others);
      await cluster.run(
        cluster.administrator(),
        'looks and appends meanwhile',
        readAndAppend(cluster),
        2 * SETTLE_MS,
      );
      cluster.network.heal();
      await cluster.sleep(QUIET_MS / 3);
    }),
});

const cutOffHeir = defineTest<Cluster>({
  id: 'shardkv/D/cut-off-heir',
  title: 'The new owner’s leader is cut off from its group when shards come',
  about:
    'A group has to take shards over from one that has not heard of it. Before that one does, the leader of the new ' +
    'owner loses its followers, and is the only one whom the old owner reaches. It can commit nothing of what it is ' +
    'given; then it dies. The others of its group get everything from the old owner, who still has it.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { groups: 2 },
  async run(cluster) {
    await cluster.join(1, 2);
    const moving = (await shardsOf(cluster, 1)).slice(0, 3);
    const keys = moving.map((shard) => keyOf(shard));
    for (const target of [2, 1]) {
      const [owners, heirs] = [cluster.group(3 - target).servers, cluster.group(target).servers];
      await cluster.run(cluster.client(0), 'appends', appendToAll(cluster));
      cluster.cut(owners, cluster.controllers);
      for (const shard of moving) await cluster.move(shard, target);
      await cluster.sleep(QUIET_MS / 2);
      const leader = await cluster.waitForLeader(heirs);
      const followers = heirs.filter((server) => server !== leader);
      cluster.cut(followers, [leader, ...owners]);
      cluster.mend(owners, cluster.controllers);
      await cluster.sleep(QUIET_MS / 2);
      cluster.crash(leader);
      cluster.network.heal();
      const look = readAndAppend(cluster, keys);
      await cluster.run(cluster.client(0), 'looks and appends without that leader', look, 2 * SETTLE_MS);
      cluster.restart(leader);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

const controllerAway = defineTest<Cluster>({
  id: 'shardkv/D/no-controller',
  title: 'Without a controller',
  about:
    'All servers of the controller are down. Groups serve what they have all the same, to clients that know them, ' +
    'also when their leaders die. When the controller is back it has forgotten nothing.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { groups: 2 },
  async run(cluster) {
    const client = cluster.client(0);
    await cluster.join(1);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    await cluster.join(2);
    const kept = new Kept();
    await cluster.run(client, 'a look with a clerk', async (machine) => {
      await Promise.all(ONE_OF_EACH.map((key) => kept.of(machine).get(key)));
    });
    cluster.crash(...cluster.controllers);
    for (const { servers } of cluster.groups) {
      cluster.crash(await cluster.waitForLeader(servers));
      await cluster.run(client, 'appends of a clerk that knows where everything is', async (machine) => {
        await Promise.all(ONE_OF_EACH.map((key) => kept.of(machine).append(key, cluster.token())));
      });
      cluster.restart(...servers);
    }
    cluster.restart(...cluster.controllers);
    await cluster.leave(1);
    await cluster.run(client, 'looks and appends', readAndAppend(cluster));
  },
});

/** Tests of whoever drives a change. */
export const partD = definePart<Cluster>({
  id: 'D',
  title: 'Drivers that fail',
  tests: [
    crashes,
    powerFailures,
    pauses,
    cutOff,
    cutOffHeir,
    lonelyLeader,
    controllerAway,
    ...administrators,
  ],
});
