import { slowDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { QUIET_MS } from '../src/numbers.ts';
import { shardsOf } from '../src/served.ts';
import { readAll } from '../src/tasks.ts';
import { reliable } from './networks.ts';

interface Round {
  /** Which shard of each group has a key in the transaction: that may decide who coordinates. */
  readonly places: readonly number[];
  /** The groups lose each other so long after the transaction has begun, in ms. */
  readonly cutMs: number;
}

const ROUNDS = 10;
/** A transaction over two groups takes about so long with disks like these, in ms. */
const COURSE_MS = 60;

/** A server that lags behind is asked for the fate of a transaction. */
export const behind = defineTest<Cluster, readonly Round[]>({
  id: 'shardkv/E/behind',
  title: 'Of the other group, only a server that lags behind can be reached',
  about:
    'In each of two groups one server is cut off from its own group. Then, in the middle of a transaction, the ' +
    'groups lose each other: all that either can reach of the other is the one that lags behind. It has never heard ' +
    'of the transaction, which does not mean that there was none; what was decided is found out when all hear each ' +
    'other.',
  points: 1,
  servers: 3,
  network: reliable,
  disk: slowDisk,
  settings: { groups: 2, clients: 2 },
  plan: (draw) =>
    Array.from({ length: ROUNDS }, () => ({
      places: [draw.integer(0, 3), draw.integer(0, 3)],
      cutMs: draw.integer(0, COURSE_MS),
    })),
  async run(cluster, rounds) {
    await cluster.join(1, 2);
    const owned = [await shardsOf(cluster, 1), await shardsOf(cluster, 2)];
    for (const { places, cutMs } of rounds) {
      const keys = places.map((place, i) => keyOf(owned[i]?.[place] ?? 0));
      await cluster.run(cluster.client(1), 'a look', readAll(keys));
      const sides = await Promise.all([1, 2].map((group) => parted(cluster, group)));
      const begun = await cluster.begin(cluster.client(0), 'a transaction', async (machine) => {
        const writes = keys.map((key) => ({ key, value: cluster.token() }));
        await machine.makeClerk().transact(keys, writes);
      });
      await cluster.sleep(cutMs);
      cluster.cut(sides[0]?.majority ?? [], sides[1]?.majority ?? []);
      await cluster.sleep(QUIET_MS);
      cluster.network.heal();
      await cluster.ended([begun], 'everybody hears everybody again');
      await cluster.run(cluster.client(1), 'a look at what it wrote', readAll(keys));
    }
  },
});

/** Cuts a follower off from the others of its group, who stay a majority. */
async function parted(cluster: Cluster, group: number): Promise<{ readonly majority: readonly string[] }> {
  const { servers } = cluster.group(group);
  const leader = await cluster.waitForLeader(servers);
  const lagging = servers.find((server) => server !== leader) ?? leader;
  const majority = servers.filter((server) => server !== lagging);
  cluster.cut([lagging], majority);
  return { majority };
}
