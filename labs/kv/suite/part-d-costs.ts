import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

const READS = 200;

/** What reads have cost so far, by what of it grows. */
interface Spent {
  readonly all: number;
  readonly raft: number;
  readonly writes: number;
}

function spent({ world }: Cluster): Spent {
  const [all, raft] = [world.counters(), world.counters(undefined, 'raft')];
  return { all: all.calls, raft: raft.calls, writes: all.diskWrites };
}

/** What so many reads cost each, so many at the same time. */
async function costOfReads(cluster: Cluster, width: number, count: number): Promise<Spent> {
  const before = spent(cluster);
  await cluster.run(cluster.client(0), 'reads', async (client) => {
    const clerk = client.makeClerk();
    let left = count;
    const threads = Array.from({ length: width }, async () => {
      while (left-- > 0) await clerk.get('k1');
    });
    await Promise.all(threads);
  });
  const after = spent(cluster);
  const each = (later: number, earlier: number): number =>
    Math.round(((later - earlier) / count) * 100) / 100;
  return {
    all: each(after.all, before.all),
    raft: each(after.raft, before.raft),
    writes: each(after.writes, before.writes),
  };
}

/** A leader that is known to the client, with a key to read. */
async function prepare(cluster: Cluster): Promise<void> {
  await cluster.waitForLeader();
  await cluster.run(cluster.client(0), 'a put', async (client) => {
    await client.makeClerk().put('k1', cluster.token());
  });
  await cluster.sleep(ELECTION_MS);
  await costOfReads(cluster, 1, 10);
}

const index = defineTest<Cluster>({
  id: 'kv/D/index-costs',
  title: 'What a read by readIndex costs',
  about:
    'A read writes nothing to any disk. It takes one round of messages between the servers, and 64 reads that wait ' +
    'at the same time share theirs (Raft dissertation §6.4).',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { reads: 'index' },
  async run(cluster) {
    await prepare(cluster);
    const alone = await costOfReads(cluster, 1, READS);
    cluster.world.bound('writes to disks for a read', alone.writes, { atMost: 0.05 });
    cluster.world.bound('Raft’s calls for a read, one at a time', alone.raft, { atLeast: 0.5, atMost: 4.5 });
    const together = await costOfReads(cluster, 64, 10 * 64);
    cluster.world.bound('Raft’s calls for a read, 64 at a time', together.raft, { atMost: 0.5 });
  },
});

const lease = defineTest<Cluster>({
  id: 'kv/D/lease-costs',
  title: 'What a read under a lease costs',
  about:
    'While the leader’s lease holds, a read takes the client’s own call, and nothing else: no message between ' +
    'servers, beside the heartbeats that there would be anyway, and no write to a disk (Raft dissertation §6.4.1).',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { reads: 'lease', clockDriftBound: 0.01 },
  async run(cluster) {
    await prepare(cluster);
    const alone = await costOfReads(cluster, 1, READS);
    cluster.world.bound('writes to disks for a read', alone.writes, { atMost: 0.05 });
    cluster.world.bound('Raft’s calls for a read', alone.raft, { atMost: 0.1 });
    cluster.world.bound('calls of any kind for a read', alone.all, { atMost: 1.2 });
  },
});

/** Tests of what reads cost. */
export const costs = [index, lease];
