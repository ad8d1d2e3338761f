import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { CALLS_AT_REST, QUIET_MS, SETTLE_MS } from '../src/numbers.ts';
import { STORE_SCOPE } from '../src/scopes.ts';
import { shardsOf } from '../src/served.ts';
import { appendToAll, readAll } from '../src/tasks.ts';
import { reliable } from './networks.ts';

/** How long the servers are watched while nobody asks for anything, in ms. */
const WATCHED_MS = 4 * QUIET_MS;

/** Servers that have nothing to do. */
export const atRest = defineTest<Cluster>({
  id: 'shardkv/C/at-rest',
  title: 'Few calls when nobody asks',
  about:
    `Nobody asks for anything. Groups ask the controller whether there is news, and with Raft’s calls left out no ` +
    `server makes more than ${CALLS_AT_REST} calls a second: when everything is where it belongs, and while a group ` +
    'is down that has a shard which is to leave, and should get another.',
  points: 1,
  servers: 3,
  network: reliable,
  async run(cluster) {
    const client = cluster.client(0);
    await cluster.join(1, 2);
    await cluster.run(client, 'an append to each shard', appendToAll(cluster));
    await cluster.join(3);
    await cluster.run(client, 'a look', readAll());
    await boundCalls(cluster, 'calls a second of a server, with everything in place');

    const dead = cluster.group(3).servers;
    cluster.crash(...dead);
    const [[away = 0], [back = 0]] = [await shardsOf(cluster, 3), await shardsOf(cluster, 1)];
    await cluster.move(away, 1);
    await cluster.move(back, 3);
    await boundCalls(cluster, 'calls a second of a server, while a group is down');
    cluster.restart(...dead);
    await cluster.run(client, 'a last look', readAll());
  },
});

/** Bounds what the busiest server asks of others for itself, once it has had time to finish what it was at. */
async function boundCalls(cluster: Cluster, what: string): Promise<void> {
  const servers = [...cluster.controllers, ...cluster.groups.flatMap((group) => group.servers)];
  const calls = (): number[] => servers.map((server) => cluster.world.counters(server, STORE_SCOPE).calls);
  await cluster.sleep(SETTLE_MS);
  const before = calls();
  await cluster.sleep(WATCHED_MS);
  const seconds = WATCHED_MS / 1000;
  const busiest = Math.max(...calls().map((count, i) => (count - (before[i] ?? 0)) / seconds));
  cluster.world.bound(what, Math.round(busiest * 10) / 10, { atMost: CALLS_AT_REST });
}
