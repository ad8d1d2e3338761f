import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { PER_FAILURE_MS, SLACK_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { reliable, unreliable } from './networks.ts';

const ACTS = [
  'crash',
  'lose',
  'restart',
  'disconnect',
  'connect',
  'pause',
  'resume',
  'cut',
  'effects',
] as const;

interface Act {
  readonly what: (typeof ACTS)[number];
  readonly place: number;
  readonly ms: number;
}

interface Swarm {
  readonly inputs: Input[];
  readonly acts: readonly Act[];
}

function drawSwarm(draw: Draw): Swarm {
  const some = ACTS.filter(() => draw.chance(0.6));
  const acts = some.length === 0 ? ACTS : some;
  return {
    inputs: drawInputs(draw, { files: 5, lines: 24 }),
    acts: Array.from({ length: 25 }, () => ({
      what: draw.pick(acts),
      place: draw.integer(0, 3),
      ms: draw.integer(10, 400),
    })),
  };
}

function perform({ world, network, ...cluster }: Faulty, { what, place }: Act): void {
  const node = cluster.worker(place);
  if (what === 'crash') cluster.crash(node);
  if (what === 'lose') cluster.crash(node, 'lost');
  if (what === 'restart') cluster.restart(node);
  if (what === 'disconnect') network.disconnect(node);
  if (what === 'connect') network.connect(node);
  if (what === 'pause') world.pause(node);
  if (what === 'resume') world.resume(node);
  if (what === 'cut') network.block(node, cluster.worker(place + 1));
  if (what === 'effects' && world.isUp(node)) world.crashAfterEffects(node, 1 + place * 3);
}

/** What {@link perform} needs of a cluster, taken out of it. */
type Faulty = Pick<Cluster, 'world' | 'network' | 'worker' | 'crash' | 'restart'>;

function faulty(cluster: Cluster): Faulty {
  return {
    world: cluster.world,
    network: cluster.network,
    worker: (place) => cluster.worker(place),
    crash: (node, disk) => cluster.crash(node, disk),
    restart: (node) => cluster.restart(node),
  };
}

async function rage(cluster: Cluster, acts: readonly Act[]): Promise<void> {
  const hand = faulty(cluster);
  for (const act of acts) {
    perform(hand, act);
    await cluster.sleep(act.ms);
  }
  cluster.network.heal();
  cluster.network.use(reliable());
  for (const node of cluster.workers) {
    cluster.world.resume(node);
    if (cluster.world.isUp(node)) cluster.world.crashAfterEffects(node, Infinity);
    cluster.restart(node);
  }
}

const swarm = defineTest<Cluster, Swarm>({
  id: 'mapreduce/B/swarm',
  title: 'Everything at once',
  about:
    'Twenty-five faults of kinds that the seed chooses, on a network that loses messages: crashes, lost disks, cuts, ' +
    'hung workers. Then all is well again, and the job must be done soon, with the output of a sequential run.',
  points: 4,
  servers: 4,
  network: unreliable,
  situations: { 'faults struck while the job ran': 'always' },
  plan: drawSwarm,
  async run(cluster, { inputs, acts }) {
    const { mapMs, reduceMs } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 30,
      keyMs: 60,
      job: { reduceTasks: 6 },
    });
    await cluster.sleep(200);
    cluster.reached('faults struck while the job ran');
    await rage(cluster, acts);
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + 4 * PER_FAILURE_MS);
  },
});

const oneExecution = defineTest<Cluster, Swarm>({
  id: 'mapreduce/B/one-execution',
  title: 'Programs that are not deterministic',
  about:
    'Each execution of a map task gives something else, and tasks are executed several times, because machines fail ' +
    'and because backup tasks run. Each output is then one that a sequential run could have given: made from one ' +
    'execution of each map task, whole, and committed once (paper §3.3, semantics in the presence of failures).',
  points: 4,
  servers: 4,
  network: reliable,
  situations: { 'a map task was executed twice': { atLeast: 1, of: 2 } },
  plan: drawSwarm,
  async run(cluster, { inputs, acts }) {
    const { mapMs, reduceMs, records } = cluster.post({
      app: 'tagged',
      inputs,
      recordMs: 20,
      keyMs: 60,
      pace: { n1: 8 },
      job: { reduceTasks: 6 },
    });
    await rage(cluster, acts);
    await cluster.succeed(8 * (mapMs + reduceMs) + SLACK_MS + 4 * PER_FAILURE_MS);
    if (cluster.watch.mapCalls > records) cluster.reached('a map task was executed twice');
  },
});

export const swarms = [swarm, oneExecution];
