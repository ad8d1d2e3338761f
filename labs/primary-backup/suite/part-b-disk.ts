import { labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { checkCaughtUp } from './caught-up.ts';
import { devices } from './rooms.ts';

/** How long the disk takes for a request, in ms: longer than most wait before they take a silent server for dead. */
const SLOW_MS = [300, 500] as const;

/** Packets that come for the guest while its disk is busy. */
const GREETINGS = 8;

/** Within so long they are with the guest, in ms: the disk is busy for longer. */
const GIVEN_MS = 100;

export const slowDisk = defineTest<Cluster>({
  id: 'primary-backup/B/slow-disk',
  title: 'A slow disk, which sometimes fails',
  about:
    'Every request takes the shared disk some hundred milliseconds, and some fail, which the guest is told: it asks ' +
    'again. Its machine runs on meanwhile, and is given what comes (§3.4). The backup gets the same completions, ' +
    'and nobody takes a server for dead because its disk is slow.',
  points: 2,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'disk' },
  situations: {
    'packets came while the disk was busy': 'always',
    'the backup had replayed everything': 'always',
  },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, disk, storage } = cluster;
    disk.patienceMs = 10_000;
    // No server fails, so that nothing is lost.
    disk.repeatMs = Infinity;
    storage.times = SLOW_MS;
    storage.failsEvery = world.draw.integer(2, 4);
    const working = world.spawn(() => disk.pass(1, 1));
    await world.until(() => isBusy(cluster), {
      withinMs: 1_000,
      everyMs: 1,
      violation: () => ({
        kind: 'liveness',
        property: 'disk requests',
        message: 'the disk guest asks for nothing',
      }),
    });
    const before = cluster.recordedBy('n1').packets;
    for (let i = 0; i < GREETINGS; i++) disk.greet();
    await world.until(() => cluster.recordedBy('n1').packets === before + GREETINGS, {
      withinMs: GIVEN_MS,
      everyMs: 1,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: `the guest is given nothing for ${GIVEN_MS} ms, while its disk is busy`,
      }),
    });
    if (isBusy(cluster)) world.reached('packets came while the disk was busy');
    await working;
    await checkCaughtUp(cluster);
  },
});

/** The guest waits for its disk. */
function isBusy({ world }: Cluster): boolean {
  return (world.driver('n1')?.machine.pendingRequests ?? 0) > 0;
}
