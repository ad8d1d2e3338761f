import { compose, duplication, labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import { COORDINATOR } from '../src/boot.ts';
import type { Cluster } from '../src/cluster.ts';
import { PER_FAILURE_MS, SLACK_MS, WORKER_TIMEOUT_MS } from '../src/numbers.ts';
import type { Input } from '../src/sequential.ts';
import { drawInputs } from '../src/text.ts';
import { duplicating, reliable, unreliable } from './networks.ts';

const lossy = defineTest<Cluster, Input[]>({
  id: 'mapreduce/B/unreliable',
  title: 'Messages that get lost',
  about:
    'One request and one reply in ten are lost. A task whose assignment was lost is not forgotten, a report is ' +
    'repeated until it has arrived, and blocks are fetched again; nobody is taken for dead for one lost message.',
  points: 3,
  servers: 3,
  network: unreliable,
  situations: { 'the job was done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 4, lines: 24 }),
  async run(cluster, inputs) {
    const { mapMs, reduceMs, records } = cluster.post({ app: 'word-count', inputs, recordMs: 50, keyMs: 50 });
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + 6 * PER_FAILURE_MS);
    cluster.world.bound('map calls for each record', cluster.watch.mapCalls / records, { atMost: 1.6 });
    cluster.reached('the job was done');
  },
});

const duplicates = defineTest<Cluster, Input[]>({
  id: 'mapreduce/B/duplicates',
  title: 'Messages that come twice, and late',
  about:
    'Half of the messages come again up to a second later. A request for work that comes twice takes one task, not ' +
    'two; a report that comes twice finishes one task, not two; and neither brings anything back that is over.',
  points: 3,
  servers: 3,
  network: duplicating,
  situations: { 'the job was done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 6, lines: 30 }),
  async run(cluster, inputs) {
    const { mapMs, reduceMs, records } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 15,
      keyMs: 30,
      job: { reduceTasks: 6 },
    });
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + PER_FAILURE_MS);
    cluster.world.bound('map calls for each record', cluster.watch.mapCalls / records, { atMost: 1.2 });
    cluster.reached('the job was done');
  },
});

const COPY_MS = 30;

const twice = defineTest<Cluster, Input[]>({
  id: 'mapreduce/B/everything-twice',
  title: 'Every message comes twice',
  about:
    'Each message comes again within 30 ms: when a worker has asked once more already, or has begun. Every question ' +
    'takes one task, and every report finishes one.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc({ longDelays: true }), duplication(1, COPY_MS)),
  situations: { 'the job was done': 'always' },
  plan: (draw) => drawInputs(draw, { files: 8, lines: 12 }),
  async run(cluster, inputs) {
    const { mapMs, reduceMs, records } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 10,
      keyMs: 10,
      job: { reduceTasks: 8, backupTasks: false },
    });
    await cluster.succeed(mapMs + reduceMs + SLACK_MS);
    cluster.world.bound('map calls for each record', cluster.watch.mapCalls / records, { atMost: 1.1 });
    cluster.reached('the job was done');
  },
});

interface Cut {
  readonly inputs: Input[];
  readonly place: number;
  readonly waitMs: number;
}

const cut = (draw: Draw): Cut => ({
  inputs: drawInputs(draw, { files: 5, lines: 24 }),
  place: draw.integer(0, 3),
  waitMs: draw.integer(10, 500),
});

const returning = defineTest<Cluster, Cut>({
  id: 'mapreduce/B/returning',
  title: 'A worker that returns with stale work',
  about:
    'A worker is cut off in the map phase until others have done its tasks, and another one in the reduce phase. ' +
    'Both ' +
    'go on working meanwhile and return with what they have done: it is ignored, or used if nobody was faster, but ' +
    'never counted twice, and map output that has been replaced does not come back (paper §3.3).',
  points: 4,
  servers: 4,
  network: reliable,
  situations: { 'a worker was cut off until it counted as failed': 'always' },
  plan: cut,
  async run(cluster, { inputs, place, waitMs }) {
    const { mapMs, reduceMs } = cluster.post({ app: 'word-count', inputs, recordMs: 20, keyMs: 60 });
    await cluster.sleep(waitMs);
    const first = cluster.worker(place);
    cluster.network.disconnect(first);
    await cluster.sleep(WORKER_TIMEOUT_MS * 1.6);
    if (!cluster.isOver) cluster.reached('a worker was cut off until it counted as failed');
    cluster.network.connect(first);
    await cluster.when('a reduce task', () => cluster.watch.reducing.size > 0);
    await cluster.sleep(waitMs / 2);
    const second = cluster.worker(place + 1);
    cluster.network.disconnect(second);
    await cluster.sleep(WORKER_TIMEOUT_MS * 1.6);
    cluster.network.connect(second);
    await cluster.succeed(mapMs + reduceMs + SLACK_MS + 2 * PER_FAILURE_MS);
  },
});

const deafToEachOther = defineTest<Cluster, Cut>({
  id: 'mapreduce/B/workers-apart',
  title: 'Workers that reach the coordinator, but not each other',
  about:
    'When all maps are done, a worker can’t be reached by the other workers any more; the coordinator hears of it as ' +
    'before. Reduce workers that can’t get at its output say so, and the maps are done again elsewhere (paper §3.3: ' +
    'reduce workers are notified of re-execution).',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'map output was out of reach when it was needed': 'always' },
  plan: cut,
  async run(cluster, { inputs, place }) {
    const { mapMs, reduceMs, mapTasks } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 10,
      keyMs: 20,
      job: { backupTasks: false },
    });
    await cluster.mapsDone(mapTasks);
    const victim = cluster.worker(place);
    for (const other of cluster.workers) {
      if (other === victim) continue;
      cluster.network.block(other, victim);
      cluster.network.block(victim, other);
    }
    if (!cluster.isOver) cluster.reached('map output was out of reach when it was needed');
    await cluster.finish(3 * (mapMs + reduceMs) + 30_000);
    cluster.network.heal();
    await cluster.succeed(SLACK_MS);
  },
});

const coordinatorRestart = defineTest<Cluster, Cut>({
  id: 'mapreduce/B/coordinator-restart',
  title: 'A coordinator that restarts',
  about:
    'The coordinator’s machine crashes and boots again, once in the map phase and once in the reduce phase. Workers ' +
    'wait for it; committed outputs stay and are not made again; the rest is done (paper §3.3, master failure, where ' +
    'the client would start the job once more).',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'an output was committed before the coordinator crashed': 'always' },
  plan: cut,
  async run(cluster, { inputs, waitMs }) {
    const { mapMs, reduceMs } = cluster.post({
      app: 'word-count',
      inputs,
      recordMs: 10,
      keyMs: 40,
      job: { reduceTasks: 8, backupTasks: false },
    });
    const restart = async (): Promise<void> => {
      cluster.crash(COORDINATOR);
      await cluster.sleep(100 + waitMs);
      cluster.restart(COORDINATOR);
    };
    await cluster.sleep(waitMs);
    await restart();
    await cluster.committed(2);
    cluster.reached('an output was committed before the coordinator crashed');
    const keys = committedKeys(cluster);
    const before = callsOn(cluster, keys);
    await restart();
    await cluster.succeed(2 * (mapMs + reduceMs) + SLACK_MS + 2 * PER_FAILURE_MS);
    const again = callsOn(cluster, keys) - before;
    cluster.world.bound('reduce calls on keys whose output was committed', again, { atMost: 0 });
  },
});

/** The keys of all outputs that are committed: the first words of their lines. */
function committedKeys({ watch, devices }: Cluster): string[] {
  const lines = [...watch.committed].flatMap((path) => (devices.shared.text(path) ?? '').split('\n'));
  return lines.map((line) => line.split(' ')[0] ?? '').filter((key) => key !== '');
}

function callsOn({ watch }: Cluster, keys: readonly string[]): number {
  return keys.reduce((sum, key) => sum + (watch.reduced.get(key) ?? 0), 0);
}

export const network = [lossy, duplicates, twice, returning, deafToEachOther, coordinatorRestart];
