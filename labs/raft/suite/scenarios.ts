import { deviations, labrpc } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import type { ScenarioPlan } from '@lockstep/test-harness/explore';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';

/*
 * Tiny tests for exploration: three servers do one thing once, on a network in which each message is prompt, or
 * late, or lost, and in which any server may die after any of its effects. They assert next to nothing; the judges
 * watch, and in the end, with everything healed, the servers must agree once more.
 */

/** Late enough for a few other messages to overtake, and late enough for an election in between. */
const network = (): NetworkModel => deviations([20, 800]);

/** By then an undisturbed election is over. */
const ELECTED_MS = 700;

/** How often the script looks whether a server is down that is to boot again. */
const WATCH_MS = 2;

/** Arms the plan's crashes, and lets `body` run its course; then nothing fails any more, and all agree once more. */
async function explored(
  cluster: Cluster,
  { crashes }: ScenarioPlan,
  body: () => Promise<void>,
): Promise<void> {
  const { world, network: wires } = cluster;
  let isOver = false;
  for (const { node, afterEffects } of crashes) world.crashAfterEffects(node, afterEffects);
  const reviving = crashes.map(({ node, downMs }) => async () => {
    if (downMs === undefined) return;
    while (!isOver && world.isUp(node)) await world.sleep(WATCH_MS);
    if (isOver) return;
    await world.sleep(downMs);
    world.restart(node);
  });
  await cluster.together([
    ...reviving,
    async () => {
      await body();
      isOver = true;
    },
  ]);
  for (const node of cluster.connected) world.crashAfterEffects(node, Infinity);
  wires.use(labrpc());
  cluster.restart(...cluster.servers);
  await cluster.agree('last', cluster.size, { retry: true });
}

const election = defineTest<Cluster, ScenarioPlan>({
  id: 'raft/scenario/election',
  title: 'One election',
  about:
    'Three servers elect a leader, while one of them may die at any point and messages may be late or lost.',
  points: 0,
  servers: 3,
  network,
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    await explored(cluster, plan, () => cluster.sleep(ELECTED_MS));
  },
});

const agreement = defineTest<Cluster, ScenarioPlan>({
  id: 'raft/scenario/agreement',
  title: 'One agreement',
  about:
    'Three servers elect a leader and agree on three commands, while one of them may die at any point and messages ' +
    'may be late or lost. Whoever led may be replaced in between.',
  points: 0,
  servers: 3,
  network,
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    await explored(cluster, plan, async () => {
      for (const operation of ['first', 'second', 'third']) {
        await cluster.sleep(ELECTED_MS);
        await cluster.startEverywhere(operation);
      }
      await cluster.sleep(100);
    });
  },
});

const installation = defineTest<Cluster, ScenarioPlan>({
  id: 'raft/scenario/snapshot-installation',
  title: 'One snapshot installation',
  about:
    'One of three servers misses more entries than the others keep, and is sent a snapshot, while one of them may ' +
    'die at any point and messages may be late or lost (Raft §7).',
  points: 0,
  servers: 3,
  network,
  settings: { snapshots: true },
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    const victim = cluster.at(2);
    await explored(cluster, plan, async () => {
      cluster.disconnect(victim);
      await cluster.sleep(ELECTED_MS);
      for (let i = 0; i < 11; i++) await cluster.startEverywhere(`entry ${i}`);
      await cluster.sleep(100);
      cluster.connect(victim);
      await cluster.sleep(300);
    });
  },
});

/** See `Lab.scenarios`. */
export const scenarios = [election, agreement, installation];
