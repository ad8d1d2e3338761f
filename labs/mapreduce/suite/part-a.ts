import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { PER_FAILURE_MS, SLACK_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { reliable } from './networks.ts';
import { shapes } from './part-a-shapes.ts';

const wordCount = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/word-count',
  title: 'Word count',
  about:
    'Three workers count the words of eight files. Each of the output files holds what a sequential run of the ' +
    'program puts there, to the byte, and keys in order (paper §2.1, §4.2).',
  points: 3,
  servers: 3,
  course: ['wc', 'TestWc'],
  network: reliable,
  situations: { 'several workers have mapped': 'always' },
  plan: (draw) => drawInputs(draw, { files: 8, lines: 30 }),
  async run(cluster, inputs) {
    const { mapMs } = cluster.post({ app: 'word-count', inputs, recordMs: 1 });
    await cluster.succeed(mapMs + SLACK_MS);
    if (cluster.watch.mostMapping > 1) cluster.reached('several workers have mapped');
  },
});

const indexer = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/indexer',
  title: 'Indexer',
  about:
    'Two workers find out which words are in which files: map must be told whose records it is given (paper §2.3).',
  points: 2,
  servers: 2,
  course: ['indexer', 'TestIndexer'],
  network: reliable,
  situations: { 'the index was built': 'always' },
  plan: (draw) => drawInputs(draw, { files: 8, lines: 20, vocabulary: 150 }),
  async run(cluster, inputs) {
    const { mapMs } = cluster.post({ app: 'indexer', inputs, recordMs: 1 });
    await cluster.succeed(mapMs + SLACK_MS);
    cluster.reached('the index was built');
  },
});

const mapParallelism = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/map-parallelism',
  title: 'Maps side by side',
  about:
    'Two workers execute eight equal map tasks of a second each: both at the same time, so that the phase takes ' +
    'about half as long as on one (paper §3.1).',
  points: 3,
  servers: 2,
  course: ['map parallelism', 'TestMapParallel'],
  network: reliable,
  situations: { 'both workers were mapping at the same time': 'always' },
  plan: (draw) => drawInputs(draw, { files: 8, lines: 10 }),
  async run(cluster, inputs) {
    const { mapMs } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 100,
      job: { splitBytes: 100_000 },
    });
    const tookMs = await cluster.succeed(mapMs + SLACK_MS);
    cluster.world.bound('map tasks of two workers, ms', tookMs, { atMost: mapMs / 2 + 1_500 });
    if (cluster.watch.mostMapping === 2) cluster.reached('both workers were mapping at the same time');
  },
});

const reduceParallelism = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/reduce-parallelism',
  title: 'Reduces side by side',
  about: 'Two workers execute eight reduce tasks: both at the same time (paper §3.1).',
  points: 3,
  servers: 2,
  course: ['reduce parallelism', 'TestReduceParallel'],
  network: reliable,
  situations: { 'both workers were reducing at the same time': 'always' },
  plan: (draw) => drawInputs(draw, { files: 4, lines: 40, vocabulary: 100 }),
  async run(cluster, inputs) {
    const { reduceMs } = cluster.post({ app: 'word-count', inputs, keyMs: 100, job: { reduceTasks: 8 } });
    const tookMs = await cluster.succeed(reduceMs + SLACK_MS);
    // Partitions differ in size: one may have twice its share.
    cluster.world.bound('reduce tasks of two workers, ms', tookMs, { atMost: 0.75 * reduceMs + 1_500 });
    if (cluster.watch.mostReducing === 2) cluster.reached('both workers were reducing at the same time');
  },
});

const jobCount = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/job-count',
  title: 'Nothing is done twice',
  about:
    'Four workers execute tasks that take 3 to 5 seconds. Nothing fails and nothing is unusually slow, so every ' +
    'record is mapped once, every key is reduced once, and no message is wasted on waiting (paper §3.6: backup tasks ' +
    'are for the last few that take unusually long).',
  points: 4,
  servers: 4,
  course: ['job count', 'TestJobCount'],
  network: reliable,
  situations: { 'every record was mapped': 'always' },
  plan: (draw) =>
    Array.from({ length: 8 }, (_, file): Input => {
      const lines = Array.from({ length: draw.integer(30, 50) }, (__, line) => `${file}.${line} some words`);
      return { path: `in/${file}`, text: `${lines.join('\n')}\n` };
    }),
  async run(cluster, inputs) {
    const { records, mapMs } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 100,
      job: { splitBytes: 100_000 },
    });
    const tookMs = await cluster.succeed(mapMs + SLACK_MS);
    const { calls } = cluster.world.counters();
    cluster.world.bound('map calls beyond one for each record', cluster.watch.mapCalls - records, {
      atMost: 0,
    });
    cluster.world.bound('reduce calls beyond one for each key', cluster.watch.reduceCalls - 2, { atMost: 0 });
    // 12 tasks, 8 x 4 fetches, and for each worker up to ten signs of life a second.
    cluster.world.bound('calls', calls, { atMost: 100 + 4 * 10 * (tookMs / 1000) });
    cluster.reached('every record was mapped');
  },
});

const earlyExit = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/early-exit',
  title: 'Nobody leaves early',
  about:
    'Some reduce tasks take much longer than others. Workers that have nothing to do stay until the job is over, ' +
    'nobody says that it is over before the last output is committed, and then all leave soon.',
  points: 2,
  servers: 4,
  course: ['early exit', 'TestEarlyExit'],
  network: reliable,
  situations: { 'a worker was idle while another one reduced': 'always' },
  plan: (draw) => drawInputs(draw, { files: 3, lines: 20 }),
  async run(cluster, inputs) {
    const { reduceMs } = cluster.post({
      app: 'word-count',
      inputs,
      keyMs: 300,
      job: { reduceTasks: 2, backupTasks: false },
    });
    await cluster.when('a reduce task', () => cluster.watch.mostReducing > 0);
    await cluster.sleep(300);
    if (cluster.watch.reducing.size < 4 && !cluster.isOver) {
      cluster.reached('a worker was idle while another one reduced');
    }
    await cluster.succeed(reduceMs + SLACK_MS);
  },
});

interface Crashes {
  readonly inputs: Input[];
  /** Which worker crashes, how long after the crash before, and how long it is away. */
  readonly crashes: readonly { readonly place: number; readonly waitMs: number; readonly downMs: number }[];
}

const crash = defineTest<Cluster, Crashes>({
  id: 'mapreduce/A/crash',
  title: 'Workers that crash',
  about:
    'Workers crash in the middle of their tasks, again and again, and come back a little later as new ones. Their ' +
    'tasks are done by others, or by themselves again (paper §3.3).',
  points: 5,
  servers: 3,
  course: ['crash', 'TestCrashWorker'],
  network: reliable,
  situations: {
    'a worker crashed inside of map': 'always',
    'a worker crashed inside of reduce': { atLeast: 1, of: 5 },
  },
  plan: (draw) => ({
    inputs: drawInputs(draw, { files: 6, lines: 30 }),
    crashes: Array.from({ length: 8 }, () => ({
      place: draw.integer(0, 2),
      waitMs: draw.integer(50, 600),
      downMs: draw.integer(20, 500),
    })),
  }),
  async run(cluster, { inputs, crashes }) {
    const { mapMs, reduceMs } = cluster.post({ app: 'indexer', inputs, recordMs: 20, keyMs: 50 });
    for (const { place, waitMs, downMs } of crashes) {
      await cluster.sleep(waitMs);
      const busy = [...cluster.watch.mapping, ...cluster.watch.reducing];
      const node = busy[place % Math.max(1, busy.length)] ?? cluster.worker(place);
      if (cluster.watch.mapping.has(node)) cluster.reached('a worker crashed inside of map');
      if (cluster.watch.reducing.has(node)) cluster.reached('a worker crashed inside of reduce');
      cluster.crash(node);
      await cluster.sleep(downMs);
      cluster.restart(node);
    }
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + crashes.length * PER_FAILURE_MS);
  },
});

export const partA = definePart<Cluster>({
  id: 'A',
  title: 'A job that is done',
  tests: [wordCount, indexer, mapParallelism, reduceParallelism, jobCount, earlyExit, crash, ...shapes],
});
