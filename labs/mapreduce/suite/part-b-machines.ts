import type { NodeId } from '@lockstep/api';
import { crashAtWork } from '@lockstep/test-harness/services';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { PER_FAILURE_MS, SLACK_MS, WORKER_TIMEOUT_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { reliable } from './networks.ts';

interface Victim {
  readonly inputs: Input[];
  readonly place: number;
  readonly waitMs: number;
  readonly restarts: boolean;
}

const lostDisk = defineTest<Cluster, Victim>({
  id: 'mapreduce/B/lost-disk',
  title: 'A machine is lost with its disk',
  about:
    'After all map tasks are done, while reduce tasks run, a machine is lost for good, or comes back with an empty ' +
    'disk. The map tasks whose output was on it are done again, the others are not, and outputs that are committed ' +
    'stay (paper §3.3, worker failure).',
  points: 4,
  servers: 4,
  network: reliable,
  situations: { 'map output was lost when it was still needed': 'always' },
  plan: (draw) => ({
    inputs: drawInputs(draw, { files: 6, lines: 24 }),
    place: draw.integer(0, 3),
    waitMs: draw.integer(0, 400),
    restarts: draw.chance(0.5),
  }),
  async run(cluster, { inputs, place, waitMs, restarts }) {
    const expected = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 5,
      keyMs: 60,
      job: { reduceTasks: 6, backupTasks: false },
    });
    await cluster.mapsDone(expected.mapTasks);
    await cluster.sleep(waitMs);
    const victim = cluster.worker(place);
    // Without failures and backup tasks, what was mapped there is map output now, on the disk or in memory.
    if (cluster.watch.mappers.has(victim) && cluster.watch.committed.size < 6)
      cluster.reached('map output was lost when it was still needed');
    cluster.crash(victim, 'lost');
    if (restarts) cluster.restart(victim);
    await cluster.succeed(expected.mapMs + expected.reduceMs + SLACK_MS + PER_FAILURE_MS);
    cluster.world.bound('map calls for each record', cluster.watch.mapCalls / expected.records, {
      atMost: 1.8,
    });
    cluster.world.bound('reduce calls for each key', reduceCallsPerKey(cluster), { atMost: 3 });
  },
});

function reduceCallsPerKey({ watch }: Cluster): number {
  return watch.reduceCalls / Math.max(1, watch.reduced.size);
}

const lostOneByOne = defineTest<Cluster, Input[]>({
  id: 'mapreduce/B/one-left',
  title: 'All but one are lost',
  about:
    'One machine after the other is lost with its disk, at the end of the map phase and in the reduce phase, until ' +
    'one is left: it does everything again that the others had (paper §3.3).',
  points: 2,
  servers: 4,
  network: reliable,
  situations: { 'three machines were lost': 'always' },
  plan: (draw) => drawInputs(draw, { files: 4, lines: 20 }),
  async run(cluster, inputs) {
    const { mapTasks, mapMs, reduceMs } = cluster.post({
      app: 'combined-word-count',
      inputs,
      recordMs: 5,
      keyMs: 80,
      job: { reduceTasks: 5 },
    });
    await cluster.mapsDone(mapTasks - 1);
    cluster.crash(cluster.worker(0), 'lost');
    await cluster.committed(1);
    cluster.crash(cluster.worker(1), 'lost');
    await cluster.sleep(WORKER_TIMEOUT_MS / 2);
    if (!cluster.isOver) cluster.reached('three machines were lost');
    cluster.crash(cluster.worker(2), 'lost');
    await cluster.succeed(2 * (mapMs + reduceMs) + SLACK_MS + 3 * PER_FAILURE_MS);
  },
});

interface AnyPoint {
  readonly inputs: Input[];
  readonly crashes: readonly {
    readonly place: number;
    readonly waitMs: number;
    readonly effects: number;
    readonly disk: 'kept' | 'lost';
  }[];
}

const crashAnywhere = defineTest<Cluster, AnyPoint>({
  id: 'mapreduce/B/crash-anywhere',
  title: 'Crashes at any point',
  about:
    'Workers die right after any of their messages or writes: in the middle of intermediate files, of outputs, of a ' +
    'commit. What is half done is never seen, and nothing is counted twice (paper §3.3, §4.8).',
  points: 4,
  servers: 3,
  network: reliable,
  situations: { 'a worker died after an effect': 'always' },
  plan: (draw) => ({
    inputs: drawInputs(draw, { files: 5, lines: 24, vocabulary: 120 }),
    crashes: Array.from({ length: 10 }, () => ({
      place: draw.integer(0, 2),
      waitMs: draw.integer(1, 150),
      effects: draw.integer(1, 30),
      disk: draw.pick(['kept', 'lost'] as const),
    })),
  }),
  async run(cluster, { inputs, crashes }) {
    const { mapMs, reduceMs } = cluster.post({ app: 'word-count', inputs, recordMs: 3, keyMs: 4 });
    for (const { place, waitMs, effects, disk } of crashes) {
      const node = cluster.worker(place);
      await cluster.sleep(waitMs);
      if (await crashAtWork(cluster.world, node, effects, 500))
        cluster.reached('a worker died after an effect');
      cluster.crash(node, disk);
      await cluster.sleep(20);
      cluster.restart(node);
    }
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + crashes.length * PER_FAILURE_MS);
  },
});

const hung = defineTest<Cluster, Victim>({
  id: 'mapreduce/B/hung',
  title: 'Workers that hang, and wake up',
  about:
    'A worker stops in the middle of a map task and another one in a reduce task, long enough to count as failed. ' +
    'The job goes on without them; when they wake up, their old work has no effect: no output is touched, no task is ' +
    'counted twice, and they can be used again (paper §3.3: completion messages of tasks that are done are ignored).',
  points: 4,
  servers: 4,
  network: reliable,
  situations: {
    'a worker hung inside of map': 'always',
    'a worker woke up with stale work': 'always',
  },
  plan: (draw) => ({
    inputs: drawInputs(draw, { files: 5, lines: 24 }),
    place: draw.integer(0, 3),
    waitMs: draw.integer(20, 300),
    restarts: false,
  }),
  async run(cluster, { inputs, place, waitMs }) {
    const { mapMs, reduceMs } = cluster.post({ app: 'word-count', inputs, recordMs: 20, keyMs: 50 });
    await cluster.sleep(waitMs);
    const first = await hang(cluster, cluster.watch.mapping, place);
    if (first !== undefined) cluster.reached('a worker hung inside of map');
    await cluster.when('a reduce task', () => cluster.watch.reducing.size > 0);
    const second = await hang(cluster, cluster.watch.reducing, place + 1);
    await cluster.sleep(WORKER_TIMEOUT_MS * 1.5);
    if (first !== undefined && second !== undefined && !cluster.isOver)
      cluster.reached('a worker woke up with stale work');
    for (const node of [first, second]) if (node !== undefined) cluster.world.resume(node);
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + 2 * PER_FAILURE_MS);
  },
});

async function hang(cluster: Cluster, busy: ReadonlySet<NodeId>, place: number): Promise<NodeId | undefined> {
  await cluster.when('a busy worker', () => busy.size > 0);
  const candidates = [...busy];
  const node = candidates[place % Math.max(1, candidates.length)];
  if (node !== undefined) cluster.world.pause(node);
  return node;
}

const hungForGood = defineTest<Cluster, Input[]>({
  id: 'mapreduce/B/hung-to-the-end',
  title: 'A worker that hangs until the job is over',
  about:
    'A worker hangs in the middle of a task, and the job is done without it. When it wakes up, it learns that the ' +
    'job ' +
    'is over, and what it was doing changes nothing any more.',
  points: 2,
  servers: 3,
  network: reliable,
  situations: { 'the job was done while a worker hung': 'always' },
  plan: (draw) => drawInputs(draw, { files: 3, lines: 20 }),
  async run(cluster, inputs) {
    const { mapMs, reduceMs } = cluster.post({ app: 'word-count', inputs, recordMs: 5, keyMs: 30 });
    await cluster.when('a reduce task', () => cluster.watch.reducing.size > 1);
    const [node = cluster.worker(0)] = cluster.watch.reducing;
    cluster.world.pause(node);
    await cluster.finish(mapMs + 2 * reduceMs + SLACK_MS + PER_FAILURE_MS);
    if (cluster.watch.reducing.has(node)) cluster.reached('the job was done while a worker hung');
    await cluster.sleep(200);
    cluster.world.resume(node);
    await cluster.exit();
    // Whatever it had in hand would be done by now.
    await cluster.sleep(reduceMs);
  },
});

const halfWritten = defineTest<Cluster, Input[]>({
  id: 'mapreduce/B/half-written',
  title: 'All workers crash over a half-written output',
  about:
    'When the first bytes of an output are in a temporary file, all workers crash at once and boot again. What was ' +
    'half written is never committed, nor any part of what is (paper §3.3: an in-progress task writes to a private ' +
    'temporary file).',
  points: 2,
  servers: 3,
  network: reliable,
  situations: { 'an output was half written': 'always' },
  plan: (draw) => drawInputs(draw, { files: 4, lines: 30, vocabulary: 150 }),
  async run(cluster, inputs) {
    const { mapMs, reduceMs } = cluster.post({
      app: 'indexer',
      inputs,
      keyMs: 5,
      recordMs: 1,
      job: { reduceTasks: 2 },
    });
    const isHalf = (): boolean => cluster.devices.shared.list('out-1/tmp-').length > 0;
    await cluster.when('a temporary file', isHalf, 0.1);
    if (isHalf() && !cluster.isOver) cluster.reached('an output was half written');
    for (const node of cluster.workers) cluster.crash(node);
    for (const node of cluster.workers) cluster.restart(node);
    await cluster.succeed(2 * (mapMs + reduceMs) + SLACK_MS + cluster.workers.length * PER_FAILURE_MS);
  },
});

export const machines = [lostDisk, lostOneByOne, crashAnywhere, halfWritten, hung, hungForGood];
