import { labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { BROKEN_MS, FAILOVER_MS } from '../src/numbers.ts';
import { devices } from './rooms.ts';

/** After so many passes the guest has written some sectors twice. */
const OVERLAPPING_PASSES = 9;

export const disk = defineTest<Cluster>({
  id: 'primary-backup/C/disk',
  title: 'Failover with disk requests pending',
  about:
    'The primary of the disk guest crashes while requests are under way. The survivor issues them again, none of ' +
    'the loser’s comes later, and the guest goes on (§3.4, §4.1).',
  points: 4,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'disk' },
  situations: { 'requests were under way': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    // The first sectors are written for the second time by the ninth pass.
    for (let pass = 1; pass <= OVERLAPPING_PASSES; pass++) await cluster.disk.pass(1, pass);
    // Slow, so that the crash finds requests under way.
    const { times } = cluster.storage;
    cluster.storage.times = [20, 60];
    const working = world.spawn(() => cluster.disk.pass(1, OVERLAPPING_PASSES + 1));
    await world.until(() => (world.driver('n1')?.machine.pendingRequests ?? 0) > 0, {
      withinMs: 1_000,
      everyMs: 1,
      violation: () => ({
        kind: 'liveness',
        property: 'disk requests',
        message: 'the disk guest asks for nothing',
      }),
    });
    await world.sleep(world.draw.integer(2, 15));
    if ((world.driver('n1')?.machine.pendingRequests ?? 0) > 0) world.reached('requests were under way');
    world.crash('n1');
    cluster.storage.times = times;
    await cluster.nextLive('n1');
    await working;
    await cluster.disk.pass(1, OVERLAPPING_PASSES + 2);
    await cluster.settle();
    if ((world.driver('n2')?.machine.pendingRequests ?? 1) > 0) {
      world.fail({
        kind: 'liveness',
        property: 'disk requests',
        message: 'a disk request was never completed',
      });
    }
  },
});

export const clock = defineTest<Cluster>({
  id: 'primary-backup/C/clock',
  title: 'Time after a failover',
  about:
    'The primary’s wall clock is fast and the backup’s is slow. The primary crashes, and when the guest looks at the ' +
    'time on its successor, that has not gone back (§2.1).',
  points: 2,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv', clocksOffMs: { n1: 900, n2: -900 } },
  situations: { 'the guest looked at the time on both servers': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 1);
    await kv.request(1, { operation: 'put', key: 'later gone', value: 'x', ttlMs: 60_000 });
    await world.sleep(world.draw.integer(1, 50));
    world.crash('n1');
    await cluster.nextLive('n1');
    await kv.request(1, { operation: 'put', key: 'even later gone', value: 'x', ttlMs: 60_000 });
    world.reached('the guest looked at the time on both servers');
    await kv.appendWords(1, 'a', 1);
    await cluster.settle();
  },
});

/** How long a key lives, in ms: longer than the service may be away, during which the guest's time may go on. */
const TTL_MS = FAILOVER_MS + 1_000;

/** By then it is gone, whatever the clocks say, in ms. */
const GONE_MS = 9_000;

export const timer = defineTest<Cluster>({
  id: 'primary-backup/C/timer',
  title: 'A timer that outlives its server',
  about:
    'The guest has armed its timer, for a key that expires, when the primary crashes. It fires on the successor, ' +
    'though the guest does not arm it again: the replica has to (§3.4).',
  points: 1,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv', clocksOffMs: { n1: 900, n2: -900 } },
  situations: { 'the key outlived its server': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.request(1, { operation: 'put', key: 'soon gone', value: 'x', ttlMs: TTL_MS });
    await world.sleep(world.draw.integer(1, 50));
    world.crash('n1');
    await cluster.nextLive('n1');
    if (await kv.holds(1, 'soon gone')) world.reached('the key outlived its server');
    const deadline = world.now + GONE_MS;
    while (await kv.holds(1, 'soon gone')) {
      if (world.now > deadline) {
        const message = `a key that lives for ${TTL_MS} ms is there ${GONE_MS} ms after the failover`;
        world.fail({ kind: 'liveness', property: 'timers', message });
      }
      await world.sleep(100);
    }
    await kv.appendWords(1, 'a', 1);
    await cluster.settle();
  },
});

export const pause = defineTest<Cluster>({
  id: 'primary-backup/C/pause',
  title: 'A primary that was only asleep',
  about:
    'The primary does nothing for longer than its backup waits, and wakes up while the backup is live: it must not ' +
    'say or write anything that the backup does not say, too (§2.3).',
  points: 2,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup took over': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    kv.patienceMs = 6_000;
    const working = [1, 2, 3].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 10)));
    await world.sleep(world.draw.integer(5, 60));
    world.pause('n1');
    await cluster.nextLive('n1');
    world.reached('the backup took over');
    await world.sleep(world.draw.integer(0, 300));
    world.resume('n1');
    await Promise.all(working);
    await cluster.settle();
  },
});

export const unreachable = defineTest<Cluster>({
  id: 'primary-backup/C/unreachable',
  title: 'Nothing can be reached at first',
  about:
    'The primary crashes while its backup can reach neither the storage nor the clients’ switch. For as long as ' +
    'that lasts nobody may be live; then all is in order again, and the backup goes on (§2.3).',
  points: 3,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'nobody was live while the storage was out of reach': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    kv.patienceMs = 2 * BROKEN_MS;
    await kv.appendWords(1, 'a', 2);
    const working = [1, 2].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 4)));
    await world.sleep(world.draw.integer(1, 10));
    const lost = world.draw.pick(['calls', 'answers'] as const);
    cluster.storage.cut('n2', lost);
    cluster.network.cut('n2');
    world.crash('n1');
    await world.sleep(BROKEN_MS);
    if (lost === 'answers' || cluster.live === 'n1')
      world.reached('nobody was live while the storage was out of reach');
    cluster.storage.mend('n2');
    // It has won by now, or does so soon, and has packets to send.
    await world.sleep(world.draw.integer(0, 400));
    cluster.network.mend('n2');
    await Promise.all(working);
    await cluster.settle();
  },
});
