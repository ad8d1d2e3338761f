import { deviations, labrpc } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import { underSchedule } from '@lockstep/test-harness/explore';
import type { ScenarioPlan } from '@lockstep/test-harness/explore';
import { defineTest, Interrupted } from '@lockstep/test-harness/suite';
import type { NodeId } from '@lockstep/api';
import type { Begun, Cluster, Task } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { ELECTION_MS, SETTLE_MS } from '../src/numbers.ts';

/*
 * Tiny tests for exploration: one shard is handed over, or one transaction spans two groups, on a network in which each
 * message is prompt, or late, or lost, and in which any machine may die after any of its effects. They assert next to
 * nothing; the judges watch, and in the end, with everything healed, everything is served once more.
 */

/** Late enough for a few other messages to overtake, and late enough for an election in between. */
const network = (): NetworkModel => deviations([20, 800]);

/** What is under way has come to an end by then, or waits for something that failed. */
const COURSE_MS = 400;

const POLL_MS = 10;

/** Two keys of a shard that moves, and one of a shard that stays. */
const [MOVING, STAYING] = [0, 1];
const KEYS: readonly string[] = [keyOf(MOVING), keyOf(MOVING, 1), keyOf(STAYING)];

/** Has a machine begin something, if it is up. */
async function attempt(cluster: Cluster, machine: NodeId, what: string, task: Task): Promise<Begun[]> {
  try {
    return [await cluster.begin(machine, what, task)];
  } catch (error) {
    if (error instanceof Interrupted) return [];
    throw error;
  }
}

/** Waits until these have ended, or cannot for a while: who is dead may stay so while the schedule lasts. */
async function settled(cluster: Cluster, begun: readonly Begun[]): Promise<void> {
  const isOver = (): boolean => begun.every((task) => cluster.isOver(task));
  for (let waitedMs = 0; waitedMs < SETTLE_MS && !isOver(); waitedMs += POLL_MS) await cluster.sleep(POLL_MS);
}

const arrange: (cluster: Cluster) => Task = (cluster) => async (machine) => {
  const one = machine.makeAdministrator();
  const { number } = await one.query();
  if (number === 0) await one.join(cluster.serversOf([1, 2]));
};

/** Lets a scenario run its course under a plan's faults; then nothing fails any more, and everything is served. */
async function explored(cluster: Cluster, plan: ScenarioPlan, body: () => Promise<void>): Promise<void> {
  await underSchedule(cluster.world, plan, async () => {
    await settled(cluster, await attempt(cluster, cluster.administrator(), 'groups join', arrange(cluster)));
    await attempt(cluster, cluster.client(0), 'first appends', appends(cluster));
    await cluster.sleep(COURSE_MS / 2);
    await body();
    await cluster.sleep(COURSE_MS);
  });
  cluster.network.use(labrpc());
  cluster.restart(...cluster.servers, ...cluster.clients, ...cluster.machines.administrators);
  // What the dead had sent has come by then.
  await cluster.sleep(ELECTION_MS);
  await cluster.run(cluster.administrator(1), 'groups join at the latest now', arrange(cluster));
  await cluster.run(cluster.client(1), 'a last look', lookAndAppend(cluster), 2 * SETTLE_MS);
}

function appends(cluster: Cluster): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    await Promise.all(KEYS.map((key) => clerk.append(key, cluster.token())));
  };
}

function lookAndAppend(cluster: Cluster): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    await Promise.all(KEYS.map((key) => clerk.get(key)));
    await appends(cluster)(machine);
    await Promise.all(KEYS.map((key) => clerk.get(key)));
  };
}

/** The shard is moved to the group that it is not with, while a client works on it. */
async function handOver(cluster: Cluster): Promise<void> {
  await attempt(cluster, cluster.administrator(), 'the shard moves', async (machine) => {
    const one = machine.makeAdministrator();
    const { number, shards } = await one.query();
    if (number > 0) await one.move(MOVING, 3 - (shards[MOVING] ?? 1));
  });
  await attempt(cluster, cluster.client(0), 'looks and appends', lookAndAppend(cluster));
}

const machines = { groups: 2, clients: 2, administrators: 2 };

const small = defineTest<Cluster, ScenarioPlan>({
  id: 'shardkv/scenario/hand-over',
  title: 'One hand-over between groups of one server',
  about:
    'One shard is handed over while a client works on it. Any of the four servers and clients may die at any point, ' +
    'and boot again or not; messages may be late or lost.',
  points: 0,
  servers: 1,
  network,
  settings: { ...machines, groupSize: 1 },
  plan: () => ({ crashes: [] }),
  run: (cluster, plan) => explored(cluster, plan, () => handOver(cluster)),
});

const replicated = defineTest<Cluster, ScenarioPlan>({
  id: 'shardkv/scenario/replicated-hand-over',
  title: 'One hand-over between groups of three servers',
  about: 'The same with groups of three servers, of which the others go on when one dies.',
  points: 0,
  servers: 1,
  network,
  settings: { ...machines, groupSize: 3 },
  plan: () => ({ crashes: [] }),
  run: (cluster, plan) => explored(cluster, plan, () => handOver(cluster)),
});

const transaction = defineTest<Cluster, ScenarioPlan>({
  id: 'shardkv/scenario/transaction',
  title: 'Two transactions over two groups',
  about:
    'Two clients write keys of two groups in one transaction each, in opposite orders, while any machine may die at ' +
    'any point and messages may be late or lost.',
  points: 0,
  servers: 1,
  network,
  settings: { ...machines, groupSize: 1 },
  plan: () => ({ crashes: [] }),
  run: (cluster, plan) =>
    explored(cluster, plan, async () => {
      for (const [place, keys] of [KEYS, KEYS.toReversed()].entries()) {
        await attempt(cluster, cluster.client(place), 'a transaction', async (machine) => {
          const writes = keys.map((key) => ({ key, value: cluster.token() }));
          await machine.makeClerk().transact(keys, writes.slice(0, 2));
        });
      }
    }),
});

/** See `Lab.scenarios`. */
export const scenarios = [small, replicated, transaction];
