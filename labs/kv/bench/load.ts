import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import type { KvSettings } from '../src/settings.ts';
import { reliable } from '../suite/networks.ts';

/** Operations of each load. */
const OPERATIONS = 640;

interface Load {
  readonly name: string;
  readonly isGet: boolean;
  readonly width: number;
  readonly settings?: KvSettings;
}

/** Operations of one client on three servers, so many at the same time; nothing fails. */
function load({ name, isGet, width, settings = {} }: Load): Test<Cluster> {
  return defineTest<Cluster>({
    id: `kv/Z/${name}-${width}`,
    title: `${name}, ${width} in flight`,
    about: 'What an operation costs.',
    points: 0,
    servers: 3,
    network: reliable,
    settings: { ...settings },
    async run(cluster) {
      const { world } = cluster;
      await cluster.waitForLeader();
      await operate(cluster, 1, isGet, 20);
      const before = { ...world.counters(), raft: world.counters(undefined, 'raft').calls, now: world.now };
      await operate(cluster, width, isGet, OPERATIONS);
      const after = world.counters();
      const each = (count: number): number => Math.round((count / OPERATIONS) * 1000) / 1000;
      world.bound('messages', each(after.messages - before.messages), {});
      world.bound('calls of Raft', each(world.counters(undefined, 'raft').calls - before.raft), {});
      world.bound('writes to disks', each(after.diskWrites - before.diskWrites), {});
      world.bound('simulated ms', each(world.now - before.now), {});
    },
  });
}

async function operate(cluster: Cluster, width: number, isGet: boolean, count: number): Promise<void> {
  await cluster.run(
    cluster.client(0),
    'a load',
    async (client) => {
      const clerk = client.makeClerk();
      let left = count;
      const threads = Array.from({ length: width }, async (_, thread) => {
        for (; left > 0; left--) await (isGet ? clerk.get('k1') : clerk.put(`k${thread}`, cluster.token()));
      });
      await Promise.all(threads);
    },
    60_000,
  );
}

const KINDS: readonly Omit<Load, 'width'>[] = [
  { name: 'put', isGet: false },
  { name: 'get-through-the-log', isGet: true },
  { name: 'get-by-index', isGet: true, settings: { reads: 'index' } },
  { name: 'get-under-a-lease', isGet: true, settings: { reads: 'lease', clockDriftBound: 0.01 } },
];

/** A part for measuring, not for grading. */
export default definePart<Cluster>({
  id: 'Z',
  title: 'Loads',
  tests: KINDS.flatMap((kind) => [1, 16, 64].map((width) => load({ ...kind, width }))),
});
