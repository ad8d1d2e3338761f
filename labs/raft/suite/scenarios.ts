import { deviations } from '@lockstep/test-harness/faults';
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

/** By then an election, or whatever else was begun, has come to its end, deviations and all. */
const SETTLED_MS = 1_500;

/** Arms the plan's crashes; the servers have only just been switched on. */
function arm(cluster: Cluster, { crashes }: ScenarioPlan): void {
  for (const { node, afterEffects } of crashes) cluster.world.crashAfterEffects(node, afterEffects);
}

/** Boots whoever has died, and has all agree on one more command. */
async function healAndAgree(cluster: Cluster): Promise<void> {
  for (const node of cluster.connected) cluster.world.crashAfterEffects(node, Infinity);
  cluster.restart(...cluster.servers);
  await cluster.sleep(SETTLED_MS);
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
    arm(cluster, plan);
    await cluster.sleep(SETTLED_MS);
    await healAndAgree(cluster);
  },
});

const agreement = defineTest<Cluster, ScenarioPlan>({
  id: 'raft/scenario/agreement',
  title: 'One agreement',
  about:
    'Three servers elect a leader and agree on two commands, while one of them may die at any point and messages ' +
    'may be late or lost. Whoever led may be replaced in between.',
  points: 0,
  servers: 3,
  network,
  plan: () => ({ crashes: [] }),
  async run(cluster, plan) {
    arm(cluster, plan);
    for (const operation of ['first', 'second']) {
      await cluster.sleep(700);
      await cluster.startEverywhere(operation);
    }
    await cluster.sleep(SETTLED_MS);
    await healAndAgree(cluster);
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
    arm(cluster, plan);
    cluster.disconnect(victim);
    await cluster.sleep(1_500);
    for (let i = 0; i < 11; i++) await cluster.startEverywhere(`entry ${i}`);
    await cluster.sleep(500);
    cluster.connect(victim);
    await cluster.sleep(SETTLED_MS);
    await healAndAgree(cluster);
  },
});

/** See `Lab.scenarios`. */
export const scenarios = [election, agreement, installation];
