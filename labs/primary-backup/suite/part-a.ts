import { compose, duplication, labrpc, reordering, silentLoss } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { checkCaughtUp } from './caught-up.ts';
import { devices } from './rooms.ts';

const replay = defineTest<Cluster>({
  id: 'primary-backup/A/replay',
  title: 'Deterministic replay',
  about:
    'A client works with the key/value guest, which reads the clock, draws random keys and sets timers. The ' +
    'backup’s machine gets the same inputs at the same instruction counts, and soon is where the primary’s is (§2.1).',
  points: 5,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv', clocksOffMs: { n1: 400, n2: -300 } },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { kv } = cluster;
    await kv.appendWords(1, 'a', 10);
    await kv.request(1, { operation: 'create', key: '', value: 'random key', ttlMs: 100 });
    await kv.request(1, { operation: 'put', key: 'b', value: 'soon gone', ttlMs: 50 });
    await checkCaughtUp(cluster);
  },
});

const disk = defineTest<Cluster>({
  id: 'primary-backup/A/disk',
  title: 'Replay of disk completions',
  about:
    'The disk guest writes and reads its disk. Completions come when the storage pleases, and bring data: the ' +
    'backup gets them from the log, and asks the storage for nothing (§2.1, §4.1).',
  points: 3,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'disk' },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    for (let pass = 1; pass <= 5; pass++) await cluster.disk.pass(1, pass);
    await checkCaughtUp(cluster);
  },
});

const interrupted = defineTest<Cluster>({
  id: 'primary-backup/A/interrupts',
  title: 'Interrupts at their instruction',
  about:
    'Packets arrive while the guest computes, and what it answers depends on the instruction at which it is ' +
    'interrupted. The backup’s machine takes each interrupt where the primary’s took it (§2.1).',
  points: 3,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'gauge' },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, gauge } = cluster;
    for (let number = 1; number <= 40; number++) {
      gauge.send(number, world.draw.integer(1_000, 60_000));
      await world.sleep(world.draw.integer(0, 2_000) / 1000);
    }
    await world.until(() => gauge.answers.size === 40, {
      withinMs: 2_000,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: `the guest has answered ${gauge.answers.size} of 40 packets`,
      }),
    });
    await checkCaughtUp(cluster);
  },
});

/** Three clients append so many words each, and the backup has followed all of it. */
async function followed(cluster: Cluster, words: number): Promise<void> {
  const { world, kv } = cluster;
  await Promise.all(
    [1, 2, 3].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, words))),
  );
  await checkCaughtUp(cluster);
}

const unreliable = defineTest<Cluster>({
  id: 'primary-backup/A/unreliable',
  title: 'A channel that loses, repeats and reorders',
  about:
    'Messages between the servers are lost without a word, come twice, and overtake each other. The log arrives ' +
    'whole and in order all the same, and nobody takes the other for dead.',
  points: 3,
  servers: 2,
  network: () => compose(silentLoss(0.05), duplication(0.2, 8), reordering(0.3, 8)),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  run: (cluster) => followed(cluster, 10),
});

const reordered = defineTest<Cluster>({
  id: 'primary-backup/A/reordered',
  title: 'A channel that reorders',
  about:
    'Nothing is lost between the servers, but most messages are overtaken by others. What a message says of the ' +
    'machine behind its own entries holds only for those who have all the entries before: the backup does not run on ' +
    'past a gap in its log.',
  points: 1,
  servers: 2,
  network: () => reordering(0.6, 20),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  run: (cluster) => followed(cluster, 20),
});

export const partA = definePart<Cluster>({
  id: 'A',
  title: 'Deterministic replay',
  tests: [replay, disk, interrupted, unreliable, reordered],
});
