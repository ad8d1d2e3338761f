import type { ShardClerk } from '@lockstep/api';
import type { Cluster, Task } from './cluster.ts';
import { DELETION_MS, QUIET_MS } from './numbers.ts';
import { Kept } from './tasks.ts';

/** Requests before the first look, for whatever there is once; and requests between the two looks. */
const FIRST = 20;
const FURTHER = 100;
/** By how much numbers, such as versions and indexes, may have become longer, on all disks together. */
const LONGER_NUMBERS = 600;

/**
 * Has one clerk do the same again and again, one request after the other. What all groups have on their disks may not
 * be more after many requests than after few, numbers apart that count them.
 */
export async function forgetting(
  cluster: Cluster,
  request: (clerk: ShardClerk, number: number) => Promise<unknown>,
): Promise<void> {
  const kept = new Kept();
  const after = async (requests: number): Promise<number> => {
    const task: Task = async (machine) => {
      for (let i = 0; i < requests; i++) await request(kept.of(machine), i);
    };
    await cluster.run(cluster.client(0), `${requests} requests`, task, requests * QUIET_MS);
    await cluster.sleep(DELETION_MS);
    return cluster.groupBytes();
  };
  const few = await after(FIRST);
  const many = await after(FURTHER);
  cluster.world.bound('bytes kept of what is over', many - few, { atMost: LONGER_NUMBERS });
}
