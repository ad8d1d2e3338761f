import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster, Expected } from '../src/cluster.ts';
import { PER_FAILURE_MS, SLACK_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { reliable } from './networks.ts';

interface Straggler {
  readonly inputs: Input[];
  readonly place: number;
}

const drawStraggler = (draw: Draw): Straggler => ({
  inputs: drawInputs(draw, { files: 8, lines: 12 }),
  place: draw.integer(0, 3),
});

/** One job with a machine that is ten times as slow as the others; gives how long it took. */
async function withStraggler(
  cluster: Cluster,
  { inputs, place }: Straggler,
  backupTasks: boolean,
): Promise<{ tookMs: number; expected: Expected }> {
  const expected = cluster.post({
    app: 'combined-word-count',
    inputs,
    recordMs: 40,
    keyMs: 20,
    pace: { [cluster.worker(place)]: 10 },
    job: { backupTasks, splitBytes: 100_000 },
  });
  const tookMs = await cluster.succeed(10 * (expected.mapMs + expected.reduceMs) + SLACK_MS);
  return { tookMs, expected };
}

const backups = defineTest<Cluster, Straggler>({
  id: 'mapreduce/C/backup-tasks',
  title: 'Backup tasks',
  about:
    'One of four machines is ten times as slow as the others. The same job runs without backup tasks and with them: ' +
    'with them it must not take longer than two thirds, and only few tasks are executed twice (paper §3.6; §5.4 ' +
    'measures 44% more time without).',
  points: 5,
  servers: 4,
  network: reliable,
  situations: { 'a backup task was begun': 'always' },
  plan: drawStraggler,
  async run(cluster, straggler) {
    const without = await withStraggler(cluster, straggler, false);
    cluster.world.bound('backup tasks though none were asked for', backupsOf(cluster), { atMost: 0 });
    cluster.renew();
    const withThem = await withStraggler(cluster, straggler, true);
    const percent = Math.round((100 * withThem.tookMs) / without.tookMs);
    cluster.world.bound('time with backup tasks, % of that without', percent, { atMost: 66 });
    const { progress } = cluster;
    const attempts = (progress?.map.attempts ?? 0) + (progress?.reduce.attempts ?? 0);
    cluster.world.bound('attempts beyond one for each task', attempts - withThem.expected.mapTasks - 4, {
      atMost: 5,
    });
    if (backupsOf(cluster) > 0) cluster.reached('a backup task was begun');
  },
});

function backupsOf({ progress }: Cluster): number {
  return (progress?.map.backups ?? 0) + (progress?.reduce.backups ?? 0);
}

const stuck = defineTest<Cluster, Straggler>({
  id: 'mapreduce/C/stuck-record',
  title: 'A record that takes for ever on one machine',
  about:
    'In the reduce phase the application gets stuck on one machine, which goes on giving signs of life. A backup ' +
    'task ' +
    'gets the job done, and the machine is told to give up and is free for other work (paper §3.6).',
  points: 2,
  servers: 3,
  network: reliable,
  situations: { 'the job was done while a task was stuck': 'always' },
  plan: drawStraggler,
  async run(cluster, { inputs, place }) {
    const { mapMs, reduceMs, mapTasks } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 5,
      keyMs: 40,
    });
    await cluster.mapsDone(mapTasks);
    const node = cluster.worker(place);
    await cluster.setPace(node, 10_000);
    await cluster.succeed(mapMs + 2 * reduceMs + SLACK_MS + 2 * PER_FAILURE_MS);
    if (cluster.watch.reducing.has(node)) cluster.reached('the job was done while a task was stuck');
  },
});

const combiner = defineTest<Cluster, Input[]>({
  id: 'mapreduce/C/combiner',
  title: 'A combiner saves bytes',
  about:
    'The same numbers are added up without and with a combiner. Its output is the same, and as map workers merge ' +
    'the values of a key before they are written, at most 60 % of the bytes travel (paper §4.3).',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'both jobs were done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 4, lines: 250, vocabulary: 12 }),
  async run(cluster, inputs) {
    const bytes = async (app: 'sum' | 'combined-sum'): Promise<number> => {
      const before = cluster.world.counters().bytes;
      // Long splits, so that the values outweigh what coordinator and workers have to say.
      cluster.post({ app, inputs, job: { splitBytes: 100_000, reduceTasks: 2 } });
      await cluster.succeed(30_000);
      return cluster.world.counters().bytes - before;
    };
    const plain = await bytes('sum');
    cluster.renew();
    const combined = await bytes('combined-sum');
    const percent = Math.round((100 * combined) / plain);
    cluster.world.bound('bytes with the combiner, % of those without', percent, { atMost: 60 });
    cluster.reached('both jobs were done');
  },
});

/** "About so many bytes", says the contract; a worker counts its own overhead as it likes. */
const SMALL_MEMORY_BYTES = 1_024;

const spills = defineTest<Cluster, Input[]>({
  id: 'mapreduce/C/small-memory',
  title: 'More intermediate data than memory',
  about:
    'A worker may hold a kilobyte of intermediate data, and one split gives many times that. It writes sorted ' +
    'runs to its disk, and does not wait with that until it holds several times as much; reduce merges them block ' +
    'by block. Keys are in several runs, and in several blocks.',
  points: 2,
  servers: 2,
  network: reliable,
  situations: { 'the job was done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 2, lines: 150, vocabulary: 120 }),
  async run(cluster, inputs) {
    cluster.post({
      app: 'indexer',
      inputs,
      memoryBytes: SMALL_MEMORY_BYTES,
      job: { splitBytes: 100_000, reduceTasks: 3 },
    });
    await cluster.succeed(60_000);
    cluster.world.bound('bytes of intermediate data in memory between two writes', cluster.mostHeldBytes(), {
      atMost: 4 * SMALL_MEMORY_BYTES,
    });
    cluster.reached('the job was done');
  },
});

const manyValues = defineTest<Cluster, Input[]>({
  id: 'mapreduce/C/many-values',
  title: 'A key with very many values',
  about:
    'Three words make up long lines: each key has thousands of values in each map task’s output, over many blocks, ' +
    'and ' +
    'none of them is lost where a block ends or a run does (paper §3.1, steps 4 and 5).',
  points: 1,
  servers: 2,
  network: reliable,
  situations: { 'the job was done': 'always' },
  plan: (draw) =>
    Array.from({ length: 2 }, (_, file) => ({
      path: `in/${file}`,
      text: Array.from({ length: 60 }, (__, line) => {
        const words = Array.from({ length: 150 }, () => draw.pick(['a', 'bc', 'def']));
        return `${line} ${words.join(' ')}\n`;
      }).join(''),
    })),
  async run(cluster, inputs) {
    cluster.post({ app: 'word-count', inputs, job: { splitBytes: 100_000, reduceTasks: 2 } });
    await cluster.succeed(60_000);
    cluster.reached('the job was done');
  },
});

export const speed = [backups, stuck, combiner, spills, manyValues];
