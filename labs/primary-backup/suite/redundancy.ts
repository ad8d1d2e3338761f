import type { NodeId } from '@lockstep/api';
import type { Cluster } from '../src/cluster.ts';
import { FAILOVER_MS, REDUNDANT_MS } from '../src/numbers.ts';

/** Long enough for a backup to be found missing, and for another to be there, in ms. */
export const REPAIR_MS = FAILOVER_MS + REDUNDANT_MS;

/** The live server crashes, and its backup goes on. */
export async function failOver(cluster: Cluster): Promise<NodeId> {
  const before = cluster.live;
  cluster.world.crash(before);
  return cluster.nextLive(before);
}

/** Waits until the first primary, which has lost its backup, goes on without: until then it waits for it. */
export async function goOnAlone(cluster: Cluster): Promise<void> {
  await cluster.world.until(() => cluster.storage.epoch === 2, {
    withinMs: FAILOVER_MS,
    everyMs: 1,
    violation: () => ({
      kind: 'liveness',
      property: 'availability',
      message: 'the primary does not go on without its backup',
    }),
  });
}

/** Waits until the machine of a server is a copy of the live one. */
export async function copiedTo(cluster: Cluster, server: NodeId): Promise<void> {
  await cluster.world.until(() => cluster.countOf(server) > 0, {
    withinMs: REDUNDANT_MS,
    everyMs: 0.2,
    violation: () => ({
      kind: 'liveness',
      property: 'redundancy',
      message: `the machine is not copied to ${server}`,
    }),
  });
}
