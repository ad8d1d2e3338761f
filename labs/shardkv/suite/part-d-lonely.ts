import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { QUIET_MS, SETTLE_MS } from '../src/numbers.ts';
import { shardsOf } from '../src/served.ts';
import { Kept, readAll } from '../src/tasks.ts';
import { reliable } from './networks.ts';

/** A leader that nobody follows any more. */
export const lonelyLeader = defineTest<Cluster>({
  id: 'shardkv/D/lonely-leader',
  title: 'A leader that has lost its group goes on answering',
  about:
    'A group’s leader is cut off from the others of its group, and from nobody else; then the group gets shards, of ' +
    'which the old leader never hears. A clerk that has always asked it, and is told that it does not serve them, ' +
    'comes to the new leader all the same.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { groups: 2 },
  async run(cluster) {
    const clerk = new Kept();
    const append = (what: string, keys: readonly string[]): Promise<void> =>
      cluster.run(
        cluster.client(0),
        what,
        async (machine) => {
          await Promise.all(keys.map((key) => clerk.of(machine).append(key, cluster.token())));
        },
        2 * SETTLE_MS,
      );
    await cluster.join(1, 2);
    for (const target of [1, 2]) {
      const { servers } = cluster.group(target);
      const kept = (await shardsOf(cluster, target)).map((shard) => keyOf(shard));
      const moving = (await shardsOf(cluster, 3 - target)).slice(0, 2);
      const moved = moving.map((shard) => keyOf(shard));
      await append('the clerk comes to know the leader', kept);
      const lonely = await cluster.waitForLeader(servers);
      const others = servers.filter((server) => server !== lonely);
      cluster.cut([lonely], others);
      for (const shard of moving) await cluster.move(shard, target);
      await cluster.waitForLeader(others);
      await cluster.sleep(QUIET_MS / 2);
      // These come first: that the old leader carries nothing out any more would send the clerk elsewhere, too.
      await append(`what has come to group ${target}, of which ${lonely} has not heard`, moved);
      await append('what has not moved', kept);
      cluster.network.heal();
    }
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});
