import { labrpc } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { devices } from './rooms.ts';

/** A backup that is not told anything new has come as far as its primary after so long, in ms. */
const CATCH_UP_MS = 500;

async function checkCaughtUp(cluster: Cluster): Promise<void> {
  await cluster.world.sleep(CATCH_UP_MS);
  const [primary, backup] = cluster.counts();
  if (primary === undefined || backup === undefined || primary[1] !== backup[1]) {
    cluster.world.fail({
      kind: 'liveness',
      property: 'replay',
      message: `the primary's machine is at ${primary?.[1]}, and half a second later the backup's is at ${backup?.[1]}`,
    });
  }
  cluster.world.reached('the backup had replayed everything');
}

const replay = defineTest<Cluster>({
  id: 'primary-backup/A/replay',
  title: 'Deterministic replay',
  about:
    'A client works with the key/value guest, which reads the clock, draws random keys and sets timers. The backup’s ' +
    'machine gets the same inputs at the same instruction counts, and soon is where the primary’s is (§2.1).',
  points: 10,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    await cluster.appendWords(1, 'a', 10);
    await cluster.request(1, { operation: 'create', key: '', value: 'random key', ttlMs: 100 });
    await cluster.request(1, { operation: 'put', key: 'b', value: 'soon gone', ttlMs: 50 });
    await checkCaughtUp(cluster);
  },
});

const disk = defineTest<Cluster>({
  id: 'primary-backup/A/disk',
  title: 'Replay of disk completions',
  about:
    'The disk guest writes and reads its disk. Completions come when the storage pleases, and bring data: the backup ' +
    'gets them from the log, and asks the storage for nothing (§2.1, §4.1).',
  points: 5,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'disk' },
  situations: { 'the backup had replayed everything': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    for (let pass = 1; pass <= 5; pass++) await cluster.diskPass(1, pass);
    await checkCaughtUp(cluster);
  },
});

export const partA = definePart<Cluster>({ id: 'A', title: 'Deterministic replay', tests: [replay, disk] });
