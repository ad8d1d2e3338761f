import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { SLACK_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { reliable } from './networks.ts';

interface Shape {
  readonly inputs: Input[];
  readonly splitBytes: number;
}

/** Files of awkward forms: empty, without a last line end, with empty and with very long lines. */
function drawShape(draw: Draw): Shape {
  const plain = drawInputs(draw, { files: 2, lines: 25 });
  const long = Array.from({ length: 120 }, (_, i) => `word${'abcdefgh'.charAt(i % 8)}`).join(' ');
  const forms = [
    '',
    '\n',
    'alone without an end',
    '\n\n\nempty lines before and after\n\n',
    `1 short\n2 ${long}\n3 short\n`,
    `1 ${long} ${long}`,
    'été Ωμέγα 数据 𝄞\n'.repeat(draw.integer(1, 40)),
  ];
  return {
    inputs: [...plain, ...forms.map((text, i) => ({ path: `in/form-${i}`, text }))],
    splitBytes: draw.integer(7, 300),
  };
}

const splits = defineTest<Cluster, Shape>({
  id: 'mapreduce/A/splits',
  title: 'Whole lines from any split',
  about:
    'Inputs are cut into splits anywhere: within lines, within characters, right at a line end. A line belongs to ' +
    'the split in which it begins, and each record is mapped once and whole (paper §3.1). There are empty files, ' +
    'empty lines, and lines longer than splits.',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'every record was mapped once': 'always' },
  plan: drawShape,
  async run(cluster, { inputs, splitBytes }) {
    const { records } = cluster.post({ app: 'word-count', inputs, job: { splitBytes } });
    await cluster.succeed(20_000);
    cluster.world.bound('map calls beyond one for each record', cluster.watch.mapCalls - records, {
      atMost: 0,
    });
    cluster.reached('every record was mapped once');
  },
});

const exactSplits = defineTest<Cluster, number>({
  id: 'mapreduce/A/split-at-line-end',
  title: 'A split that ends with a line',
  about:
    'All lines are as long as a split, or half as long: each split ends exactly where a line does (paper §3.1).',
  points: 2,
  servers: 2,
  network: reliable,
  situations: { 'every record was mapped once': 'always' },
  plan: (draw) => draw.integer(8, 40),
  async run(cluster, length) {
    const lines = Array.from(
      { length: 40 },
      (_, i) => `${String(i).padStart(2, '0')} ${'x'.repeat(length - 4)}\n`,
    );
    const { records } = cluster.post({
      app: 'word-count',
      inputs: [{ path: 'in/0', text: lines.join('') }],
      job: { splitBytes: 2 * length },
    });
    await cluster.succeed(20_000);
    cluster.world.bound('map calls beyond one for each record', cluster.watch.mapCalls - records, {
      atMost: 0,
    });
    cluster.reached('every record was mapped once');
  },
});

const emptyPartitions = defineTest<Cluster, Input[]>({
  id: 'mapreduce/A/empty-partitions',
  title: 'More reduce tasks than keys',
  about:
    'Most of the thirty reduce tasks have no keys, and most map tasks have nothing for most of them: there are still ' +
    'thirty output files, the others empty (paper §2.2: R output files). Then a job without any input.',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'both jobs were done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 3, lines: 12, vocabulary: 9 }),
  async run(cluster, inputs) {
    cluster.post({ app: 'word-count', inputs, job: { reduceTasks: 30 } });
    await cluster.succeed(SLACK_MS + 5_000);
    cluster.renew();
    cluster.post({ app: 'word-count', inputs: [], job: { reduceTasks: 3 } });
    await cluster.succeed(SLACK_MS + 5_000);
    cluster.reached('both jobs were done');
  },
});

export const shapes = [splits, exactSplits, emptyPartitions];
