import { deviations, labrpc } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import { underSchedule } from '@lockstep/test-harness/explore';
import type { ScenarioPlan } from '@lockstep/test-harness/explore';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { NoAnswer } from '../src/kv-clients.ts';
import { FAILOVER_MS } from '../src/numbers.ts';
import { REPAIR_MS } from './redundancy.ts';
import { devices } from './rooms.ts';

/*
 * Tiny tests for exploration: a client asks for a few things, and any server dies after any of its effects: messages
 * to another, packets, calls to the storage; it may boot again soon. Where a machine is left somebody goes on with it,
 * and where none is left, nobody does; the witness watches.
 */

/** Late enough for a retry to overtake, and late enough for the other server to be taken for dead. */
const network = (): NetworkModel => deviations([30, 400]);

/** Lets clients ask, for as long as there is somebody to answer. */
async function asking({ network: clients }: Cluster, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    clients.observe({ kind: 'gave-up', text: 'no server is left that has the machine' });
  }
}

/** Lets `body` run its course under a plan's faults, and then `after`, when nothing fails any more. */
async function explored(
  cluster: Cluster,
  plan: ScenarioPlan,
  { mayBeLost, body, after }: { mayBeLost: boolean; body: () => Promise<void>; after: () => Promise<void> },
): Promise<void> {
  const { world, kv } = cluster;
  kv.patienceMs = 2 * FAILOVER_MS;
  kv.mayBeLost = mayBeLost;
  await underSchedule(world, plan, () => asking(cluster, body));
  world.network.use(labrpc());
  await asking(cluster, after);
  // A packet that should not be has time to appear.
  await world.sleep(2 * FAILOVER_MS);
}

const failover = defineTest<Cluster, ScenarioPlan>({
  id: 'primary-backup/scenario/failover',
  title: 'One failover',
  about:
    'Two servers and a client with a few requests, while either of the two may die at any point, and ' +
    'messages between them may be late or lost (§2.2, §2.3).',
  points: 0,
  servers: 2,
  network,
  devices,
  settings: { guest: 'kv' },
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    const { world, kv } = cluster;
    await explored(cluster, plan, {
      // Two may die before either has a backup again.
      mayBeLost: new Set(plan.crashes.map(({ node }) => node)).size > 1,
      body: async () => {
        await kv.appendWords(1, 'a', 2);
        await kv.request(2, { operation: 'put', key: 'b', value: 'x', ttlMs: 50 });
        await world.sleep(100);
      },
      after: () => kv.appendWords(2, 'a', 1),
    });
  },
});

const restored = defineTest<Cluster, ScenarioPlan>({
  id: 'primary-backup/scenario/restored',
  title: 'One copy',
  about:
    'Of three servers the backup is lost at the beginning, and the spare becomes one, while any of them may die at ' +
    'any point and messages may be late or lost. In the end the primary crashes, and the copy goes on (§3.1).',
  points: 0,
  servers: 3,
  network,
  devices,
  settings: { guest: 'kv' },
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    const { world, kv } = cluster;
    await explored(cluster, plan, {
      // For a while the primary is the only one.
      mayBeLost: plan.crashes.some(({ node }) => node === 'n1'),
      body: async () => {
        await kv.appendWords(1, 'a', 1);
        world.crash('n2');
        await kv.appendWords(1, 'a', 1);
        await world.sleep(FAILOVER_MS / 4);
        await kv.appendWords(2, 'b', 1);
      },
      after: async () => {
        for (const node of ['n1', 'n3']) world.restart(node);
        await world.sleep(REPAIR_MS);
        world.crash(cluster.live);
        await kv.appendWords(1, 'a', 1);
      },
    });
  },
});

/** See `Lab.scenarios`. */
export const scenarios = [failover, restored];
