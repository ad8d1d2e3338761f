import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import type { KvSettings } from '../src/settings.ts';
import { drawFaults, underLoad } from './part-b-faults.ts';
import type { FaultPlan } from './part-b-faults.ts';
import { askMinority } from './part-b-leadership.ts';
import { appliedLate } from './part-d-applied.ts';
import { costs } from './part-d-costs.ts';
import { byIndex } from './part-d-index.ts';
import { DRIFT_BOUND, leases } from './part-d-leases.ts';
import { reliable, unreliable } from './networks.ts';
import { stormTest } from './storms.ts';

const storm = stormTest({
  id: 'kv/D/index',
  title: 'Reads by readIndex, power failures and partitions, messages are lost',
  points: 1,
  isCrashing: true,
  isPartitioned: true,
  isUnreliable: true,
  reads: { reads: 'index' },
});

const minority = defineTest<Cluster>({
  id: 'kv/D/index-minority',
  title: 'A minority’s leader confirms no read',
  about:
    'The leader is left with one other server of four. It cannot have a majority confirm that it leads, so it may ' +
    'answer no read, for the others have another leader by now.',
  points: 2,
  servers: 5,
  network: unreliable,
  settings: { clients: 2, reads: 'index' },
  run: askMinority,
});

/** Every clock has a speed of its own, within the bound, and an origin of its own. */
function bendClocks(cluster: Cluster): void {
  for (const server of cluster.servers) {
    const rate = 1 + DRIFT_BOUND * (2 * cluster.draw.uniform() - 1);
    cluster.world.bendClock(server, { rate, skewMs: cluster.draw.integer(0, 10_000) });
  }
}

const faults = defineTest<Cluster, FaultPlan>({
  id: 'kv/D/lease-faults',
  title: 'Leases, and leaders that sleep, crash, or are cut off',
  about:
    'All clocks are wrong, within their bound. Leaders are paused, and wake up in the belief that their lease still ' +
    'holds; they crash; they are cut off from the others, though clients hear them. No read is ever out of date.',
  points: 2,
  servers: 5,
  network: reliable,
  settings: { clients: 4, reads: 'lease', clockDriftBound: DRIFT_BOUND },
  plan: (draw) => drawFaults(draw, 4, 6, 100, 900),
  async run(cluster, plan) {
    bendClocks(cluster);
    await underLoad(cluster, plan, async ({ place, ms }, server) => {
      const others = cluster.servers.filter((other) => other !== server);
      if (place === 0) cluster.crash(server);
      else if (place < 3) cluster.world.pause(server);
      else cluster.cut([server], others);
      await cluster.sleep(ms);
      cluster.restart(server);
      cluster.world.resume(server);
      cluster.network.heal();
    });
  },
});

const late = [
  appliedLate('kv/D/index-applied-late', 'Reads by readIndex, and what is committed is applied late', {
    reads: 'index',
  }),
  appliedLate('kv/D/lease-applied-late', 'Reads under a lease, and what is committed is applied late', {
    reads: 'lease',
    clockDriftBound: DRIFT_BOUND,
  }),
];

/** Reads that take no place in the log. */
export const partD = definePart<Cluster>({
  id: 'D',
  title: 'Reads without the log',
  tests: [storm, minority, ...byIndex, ...leases, faults, ...late, ...costs].map(asking),
});

/** What of Raft is optional is asked for here: nobody's Raft needs it for its own lab. */
function asking(test: Test<Cluster>): Test<Cluster> {
  const isLeased = (test.settings as KvSettings).reads === 'lease';
  return { ...test, asksOfLayers: { raft: ['readIndex', ...(isLeased ? ['leaseReadIndex'] : [])] } };
}
