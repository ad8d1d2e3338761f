import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { PER_FAILURE_MS, SLACK_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { reliable, unreliable } from './networks.ts';
import { speed } from './part-c-speed.ts';

const order = defineTest<Cluster, Input[]>({
  id: 'mapreduce/C/partition-and-order',
  title: 'The user’s own partitions and order',
  about:
    'The application says which reduce task a key goes to, and how keys are ordered: by first letters, the longest ' +
    'words first. Both must be kept, within runs and when runs are merged (paper §4.1, §4.2).',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'the job was done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 4, lines: 40, vocabulary: 80 }),
  async run(cluster, inputs) {
    cluster.post({ app: 'ordered', inputs, memoryBytes: 4_096, job: { reduceTasks: 5 } });
    await cluster.succeed(30_000);
    cluster.reached('the job was done');
  },
});

interface Poison {
  readonly inputs: Input[];
  readonly records: number;
}

function drawPoison(draw: Draw): Poison {
  const inputs = drawInputs(draw, { files: 4, lines: 20 });
  const records = draw.integer(1, 4);
  const bad = draw.sample([...inputs.keys()], Math.min(records, inputs.length));
  return {
    records: bad.length,
    inputs: inputs.map(({ path, text }, file) => {
      const lines = text.split('\n');
      if (bad.includes(file)) lines[draw.integer(1, 18)] = `9${file} poison and more`;
      lines[0] = `${file} some venom here`;
      return { path, text: lines.join('\n') };
    }),
  };
}

const isBad = (record: string): boolean => record.includes('poison') || record === 'venom';

const badRecords = defineTest<Cluster, Poison>({
  id: 'mapreduce/C/bad-records',
  title: 'Skipping bad records',
  about:
    'Map throws on some records and reduce on one key, each time. After two failures a record is left out, and no ' +
    'other with it; the job is done, and says how many were skipped (paper §4.6).',
  points: 4,
  servers: 3,
  network: reliable,
  situations: { 'bad records were skipped': 'always' },
  plan: drawPoison,
  async run(cluster, { inputs, records }) {
    const { mapMs } = cluster.post({
      app: 'poisoned',
      inputs,
      isBad,
      recordMs: 1,
      job: { skipBadRecords: true },
    });
    await cluster.succeed(4 * mapMs + SLACK_MS + 10_000);
    const skipped = cluster.progress?.skipped ?? 0;
    cluster.world.bound('records and keys skipped', skipped, { atLeast: records + 1, atMost: records + 1 });
    for (const [record, calls] of cluster.watch.mapped) {
      if (record.includes('poison'))
        cluster.world.bound('calls on a bad record', calls, { atLeast: 2, atMost: 2 });
    }
    cluster.world.bound('calls on a bad key', cluster.watch.reduced.get('venom') ?? 0, {
      atLeast: 2,
      atMost: 2,
    });
    cluster.reached('bad records were skipped');
  },
});

const failedJob = defineTest<Cluster, Poison>({
  id: 'mapreduce/C/failed-job',
  title: 'A job that can’t be done',
  about:
    'The application throws on a record, and nobody asked to skip such. After four failures of a task the job has ' +
    'failed: the coordinator says so and why, workers go home, and nothing goes on for ever.',
  points: 2,
  servers: 3,
  network: reliable,
  situations: { 'the job failed': 'always' },
  plan: drawPoison,
  async run(cluster, { inputs }) {
    cluster.post({ app: 'poisoned', inputs, isBad, recordMs: 1 });
    await cluster.finish(20_000);
    const { progress } = cluster;
    const said = `"${progress?.state}", for "${progress?.failure ?? ''}"`;
    if (progress?.state !== 'failed' || !(progress.failure ?? '').includes('bad')) {
      cluster.world.fail({
        kind: 'safety',
        property: 'job failure',
        message: `The application throws on each attempt; the job is ${said}.`,
      });
    }
    await cluster.exit();
    cluster.reached('the job failed');
  },
});

const counters = defineTest<Cluster, { inputs: Input[]; places: number[] }>({
  id: 'mapreduce/C/counters',
  title: 'Counters count once',
  about:
    'Workers crash and lose their disks, tasks are executed again, and messages get lost; the counters are those of ' +
    'a ' +
    'sequential run all the same (paper §4.8: duplicate executions are eliminated).',
  points: 3,
  servers: 4,
  network: unreliable,
  situations: { 'a map task was executed twice': 'always' },
  plan: (draw) => ({
    inputs: drawInputs(draw, { files: 5, lines: 20 }),
    places: draw.sample([0, 1, 2, 3], 3),
  }),
  async run(cluster, { inputs, places }) {
    const { mapMs, reduceMs, mapTasks } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 15,
      keyMs: 30,
    });
    await cluster.mapsDone(Math.floor(mapTasks / 2));
    for (const place of places) {
      cluster.crash(cluster.worker(place), 'lost');
      await cluster.sleep(100);
      cluster.restart(cluster.worker(place));
      await cluster.sleep(300);
    }
    await cluster.succeed(2 * (mapMs + reduceMs) + SLACK_MS + 4 * PER_FAILURE_MS);
    if ([...cluster.watch.mapped.values()].some((calls) => calls > 1)) {
      cluster.reached('a map task was executed twice');
    }
  },
});

const progressReport = defineTest<Cluster, Input[]>({
  id: 'mapreduce/C/progress',
  title: 'Progress is told',
  about:
    'While the job runs, the coordinator says how many tasks there are, run and are done, how much of the input that ' +
    'is, and how many workers it knows; a worker that is gone is no longer counted (paper §4.7, status information).',
  points: 2,
  servers: 4,
  network: reliable,
  situations: { 'progress was seen in the middle of both phases': 'always' },
  plan: (draw) => drawInputs(draw, { files: 6, lines: 24 }),
  async run(cluster, inputs) {
    const expected = cluster.post({ app: 'word-count', inputs, recordMs: 10, keyMs: 60 });
    await cluster.mapsDone(3);
    const middle = cluster.progress;
    const { bound } = cluster.world;
    bound('map tasks', middle?.map.total ?? 0, { atLeast: expected.mapTasks, atMost: expected.mapTasks });
    // Four began together and three are done: one runs, and more as soon as the coordinator hands them out.
    const left = expected.mapTasks - (middle?.map.done ?? 0);
    bound('map tasks that run', middle?.map.running ?? 0, { atLeast: 1, atMost: left });
    bound('input bytes', middle?.inputBytes.total ?? 0, {
      atLeast: expected.inputBytes,
      atMost: expected.inputBytes,
    });
    bound('input bytes done', middle?.inputBytes.done ?? 0, { atLeast: 1, atMost: expected.inputBytes - 1 });
    bound('workers', middle?.workers ?? 0, { atLeast: 4, atMost: 4 });
    await cluster.committed(1);
    if (middle?.state === 'running' && !cluster.isOver) {
      cluster.reached('progress was seen in the middle of both phases');
    }
    cluster.crash(cluster.worker(0));
    await cluster.succeed(expected.mapMs + expected.reduceMs + SLACK_MS + PER_FAILURE_MS);
    const { progress } = cluster;
    bound('input bytes done in the end', progress?.inputBytes.done ?? 0, {
      atLeast: expected.inputBytes,
      atMost: expected.inputBytes,
    });
    await cluster.sleep(PER_FAILURE_MS);
    bound('workers after a crash', cluster.progress?.workers ?? 0, { atMost: 3 });
  },
});

export const partC = definePart<Cluster>({
  id: 'C',
  title: 'The refinements of the paper',
  tests: [...speed, order, badRecords, failedJob, counters, progressReport],
});
