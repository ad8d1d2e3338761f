import type { Cluster } from './cluster.ts';

/** The clocks of those who are not to lead. */
const SLOW = 0.3;

/**
 * All servers of a group lose their power and boot again, and the one that led leads again: late copies of what was
 * sent to it go there.
 *
 * @returns sets the clocks of the others right again.
 */
export async function restartGroup(cluster: Cluster, group: number): Promise<() => void> {
  const { servers } = cluster.group(group);
  const leader = await cluster.waitForLeader(servers);
  const setRates = (rate: number): void => {
    for (const server of servers) if (server !== leader) cluster.world.bendClock(server, { rate });
  };
  setRates(SLOW);
  cluster.crash(...servers);
  cluster.restart(...servers);
  return () => setRates(1);
}
