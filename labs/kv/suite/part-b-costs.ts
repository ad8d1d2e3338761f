import { defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { LOG_BYTES, PUT_MS } from '../src/numbers.ts';
import { boundLog } from '../src/storm.ts';
import { reliable } from './networks.ts';

const PUTS = 300;

/** The test of speed, with and without snapshots. */
export function speed(part: 'B' | 'C'): Test<Cluster> {
  const isCompacted = part === 'C';
  return defineTest<Cluster>({
    id: `kv/${part}/speed`,
    title: isCompacted ? 'Three hundred puts, with snapshots' : 'Three hundred puts',
    about:
      'Three hundred puts of one client, one after the other, take a third of a heartbeat’s interval at most: a ' +
      'server that waits for the next heartbeat to replicate, or for a timer to answer, is too slow.',
    points: 1,
    servers: 3,
    course: isCompacted ? ['TestSpeed4C', 'TestSpeed3B'] : ['TestSpeed4B', 'TestSpeed3A'],
    network: reliable,
    ...(isCompacted ? { settings: { maxLogBytes: LOG_BYTES } } : {}),
    async run(cluster) {
      await cluster.waitForLeader();
      const from = cluster.world.now;
      await cluster.run(
        cluster.client(0),
        'three hundred puts',
        async (client) => {
          const clerk = client.makeClerk();
          for (let i = 0; i < PUTS; i++) await clerk.put('k0', cluster.token());
        },
        60_000,
      );
      const perPut = (cluster.world.now - from) / PUTS;
      cluster.world.bound('milliseconds for a put', Math.round(perPut * 10) / 10, { atMost: PUT_MS });
      if (isCompacted) boundLog(cluster);
    },
  });
}

/** Operations that each of the clients has under way. */
const WIDTH = 64;
const BATCHED = 640;

const messages = defineTest<Cluster>({
  id: 'kv/B/messages',
  title: 'Messages for each operation',
  about:
    'One put after the other takes a bounded number of messages, and of 64 that are under way at once many travel ' +
    'together: far less than a round of Raft for each.',
  points: 2,
  servers: 3,
  network: reliable,
  async run(cluster) {
    const { world } = cluster;
    await cluster.waitForLeader();
    await puts(cluster, 1, 20);
    const before = world.counters().calls;
    await puts(cluster, 1, 100);
    const alone = (world.counters().calls - before) / 100;
    world.bound('calls for a put, one at a time', Math.round(alone * 100) / 100, { atMost: 9 });

    const raftBefore = raftCalls(cluster);
    await puts(cluster, WIDTH, BATCHED);
    const batched = (raftCalls(cluster) - raftBefore) / BATCHED;
    world.bound('Raft’s calls for a put, 64 at a time', Math.round(batched * 100) / 100, { atMost: 1 });
  },
});

function raftCalls(cluster: Cluster): number {
  return cluster.world.counters(undefined, 'raft').calls;
}

async function puts(cluster: Cluster, width: number, count: number): Promise<void> {
  await cluster.run(cluster.client(0), 'puts', async (client) => {
    const clerk = client.makeClerk();
    let left = count;
    const threads = Array.from({ length: width }, async () => {
      while (left-- > 0) await clerk.put('k1', cluster.token());
    });
    await Promise.all(threads);
  });
}

/** Tests of what operations cost. */
export const costs = [speed('B'), messages];
