import type { KvClerk, NodeId } from '@lockstep/api';
import { disk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Task } from '../src/client.ts';
import type { Cluster } from '../src/cluster.ts';
import { readAll } from '../src/load.ts';
import { ELECTION_MS, SETTLE_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';
import { speaks, succession } from './scenes.ts';

const KEY = 'k0';
const ROUNDS = 3;
const READERS = 5;
/** A write with its sync on the next leader's disk: it knows late what is committed. */
const SLUGGISH_MS = [120, 160] as const;
const LEARNT_LATE = 'a put was answered that the next leader did not know to be committed';

/**
 * Has a put answered by a leader that falls silent before it can say that it is committed. Tells whether it was.
 */
async function silence(cluster: Cluster, put: Task, leader: NodeId, heir: NodeId): Promise<boolean> {
  const begun = await cluster.begin(cluster.client(0), 'a put', put);
  await speaks(cluster, heir);
  for (const server of cluster.servers) if (server !== leader) cluster.network.block(leader, server);
  await cluster.sleep(5);
  const isAnswered = cluster.hasEnded(begun);
  cluster.network.disconnect(leader);
  return isAnswered;
}

const successor = defineTest<Cluster, number[]>({
  id: 'kv/D/new-leader',
  title: 'A new leader does not know yet what is committed',
  about:
    'The old leader answers a put, and is gone before it can tell the others that it is committed. Its successor ' +
    'has the entry, but knows that it is committed only when one of its own term is: until then it may answer no ' +
    'read (Raft dissertation §6.4).',
  points: 3,
  servers: 3,
  network: reliable,
  settings: { clients: 2, reads: 'index' },
  situations: { [LEARNT_LATE]: { atLeast: 8, of: 10 } },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(1, 2)),
  async run(cluster, places) {
    let clerk: KvClerk | undefined;
    const put: Task = async (client) => {
      // One clerk for all rounds: a new one may have more to say than its put.
      clerk ??= client.makeClerk();
      await clerk.put(KEY, cluster.token());
    };
    for (const place of places) {
      await cluster.run(cluster.client(0), 'a first put', put);
      const { leader, heir, restore } = await succession(cluster, place);
      const isAnswered = await silence(cluster, put, leader, heir);
      if (isAnswered) cluster.reached(LEARNT_LATE);
      cluster.world.useDisk(heir, disk({ writeMs: SLUGGISH_MS }));
      const reads = await cluster.begin(cluster.client(1), 'reads', async (client) => {
        const clerk = client.makeClerk();
        const threads = Array.from({ length: READERS }, async () => {
          while (!client.isStopping) {
            await clerk.get(KEY);
            await client.sleep(10);
          }
        });
        await Promise.all(threads);
      });
      await cluster.sleep(ELECTION_MS);
      await cluster.stop();
      cluster.world.useDisk(heir, disk());
      restore();
      cluster.network.heal();
      await cluster.ended([reads], SETTLE_MS, 'a majority was there');
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(1), 2 * SETTLE_MS);
  },
});

/** Tests of reads by readIndex. */
export const byIndex = [successor];
