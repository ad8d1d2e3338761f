import type { NodeId } from '@lockstep/api';
import { deviations, labrpc } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import type { ScenarioPlan } from '@lockstep/test-harness/explore';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { FAILOVER_MS } from '../src/numbers.ts';
import { REPAIR_MS } from './redundancy.ts';
import { devices } from './rooms.ts';

/*
 * Tiny tests for exploration: a client asks for a few things, and either server dies after any of its effects: messages
 * to the other, packets, calls to the storage. Whoever is left goes on, or nobody can; the witness watches.
 */

/** Late enough for a retry to overtake, and late enough for the other server to be taken for dead. */
const network = (): NetworkModel => deviations([30, 400]);

/** Crashes what the plan says, when it says so; then nothing fails any more. */
async function explored(
  cluster: Cluster,
  { crashes }: ScenarioPlan,
  body: () => Promise<void>,
): Promise<readonly NodeId[]> {
  const { world, kv } = cluster;
  kv.patienceMs = 2 * FAILOVER_MS;
  for (const { node, afterEffects } of crashes) world.crashAfterEffects(node, afterEffects);
  await body();
  for (const node of world.servers) if (world.isUp(node)) world.crashAfterEffects(node, Infinity);
  world.network.use(labrpc());
  return crashes.map(({ node }) => node).filter((node) => !world.isUp(node));
}

const failover = defineTest<Cluster, ScenarioPlan>({
  id: 'primary-backup/scenario/failover',
  title: 'One failover',
  about:
    'Two servers and a client with three requests, while either of the two may die at any point, and ' +
    'messages between them may be late or lost (§2.2, §2.3).',
  points: 0,
  servers: 2,
  network,
  devices,
  settings: { guest: 'kv' },
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    const { world, kv } = cluster;
    // With both of them gone there is nobody to ask.
    const isMortal = new Set(plan.crashes.map(({ node }) => node)).size > 1;
    const first = isMortal ? { crashes: plan.crashes.slice(0, 1) } : plan;
    await explored(cluster, first, async () => {
      await kv.appendWords(1, 'a', 2);
      await kv.request(2, { operation: 'put', key: 'b', value: 'x', ttlMs: 50 });
      await world.sleep(100);
    });
    await kv.appendWords(2, 'a', 1);
    await world.sleep(2 * FAILOVER_MS);
  },
});

const restored = defineTest<Cluster, ScenarioPlan>({
  id: 'primary-backup/scenario/restored',
  title: 'One copy',
  about:
    'Of three servers the backup is lost at the beginning, and the spare becomes one, while it may die at any point ' +
    'and messages may be late or lost. In the end the primary crashes, and the copy goes on if it can (§3.1).',
  points: 0,
  servers: 3,
  network,
  devices,
  settings: { guest: 'kv' },
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 1);
    world.crash('n2');
    // The primary may be alone, and then nobody goes on without it.
    const mortal = { crashes: plan.crashes.filter(({ node }) => node === 'n3') };
    const lost = await explored(cluster, mortal, async () => {
      await kv.appendWords(1, 'a', 1);
      await world.sleep(FAILOVER_MS / 4);
      await kv.appendWords(2, 'b', 1);
    });
    for (const node of lost) world.restart(node);
    await world.sleep(REPAIR_MS);
    world.crash(cluster.live);
    await kv.appendWords(1, 'a', 1);
    await world.sleep(2 * FAILOVER_MS);
  },
});

/** See `Lab.scenarios`. */
export const scenarios = [failover, restored];
