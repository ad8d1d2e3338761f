import { labrpc } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { devices } from './rooms.ts';

const failover = defineTest<Cluster>({
  id: 'primary-backup/C/failover',
  title: 'One of the two crashes',
  about:
    'Either server crashes at a drawn moment while clients work. The other one goes on, by test-and-set, and the ' +
    'clients see one machine (§2.3).',
  points: 10,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the other server went on': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    const victim = world.draw.pick(['n1', 'n1', 'n2']);
    const survivor = victim === 'n1' ? 'n2' : 'n1';
    // What left long ago is in doubt no more, and must not leave again.
    await cluster.appendWords(1, 'before', 2);
    await world.sleep(2_000);
    const working = [1, 2, 3].map((client) =>
      world.spawn(() => cluster.appendWords(client, `k${client}`, 8)),
    );
    await world.sleep(world.draw.integer(1, 60));
    world.crashAfterEffects(victim, world.draw.integer(1, 20));
    await world.until(() => !world.isUp(victim), {
      withinMs: 1_000,
      violation: () => ({
        kind: 'liveness',
        property: 'stability',
        message: `${victim} does nothing any more`,
      }),
    });
    await Promise.all(working);
    await cluster.appendWords(1, 'after', 2);
    if (cluster.storage.holder === survivor && cluster.storage.epoch === 2)
      world.reached('the other server went on');
    await world.sleep(2_000);
  },
});

/** How many times as slow the backup's machine is, so that much of the log waits when its primary dies. */
const SLOWNESS = 4_000;

const lagging = defineTest<Cluster>({
  id: 'primary-backup/C/lagging',
  title: 'The backup lags behind',
  about:
    'The backup’s machine is slow, so that it has acknowledged, not replayed, much when the primary crashes. ' +
    'All of it has to be replayed before the backup goes live: clients have been told what it led to (§2.3).',
  points: 10,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup went live behind its primary': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    await world.invoke('n2', 'slow the machine', (driver) => void (driver.machine.slowness = SLOWNESS));
    await cluster.appendWords(1, 'a', 8);
    const [primary] = cluster.counts();
    world.crash('n1');
    await world.until(() => cluster.storage.holder === 'n2', {
      withinMs: 2_000,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: 'the backup does not go live',
      }),
    });
    const [backup] = cluster.counts();
    if ((backup?.[1] ?? 0) < (primary?.[1] ?? 0)) world.reached('the backup went live behind its primary');
    await world.invoke('n2', 'full speed', (driver) => void (driver.machine.slowness = 1));
    await cluster.appendWords(1, 'a', 2);
    await world.sleep(2_000);
  },
});

const split = defineTest<Cluster>({
  id: 'primary-backup/C/split',
  title: 'The servers lose each other',
  about:
    'The logging channel breaks while both servers run. Exactly one goes on, whoever wins the test-and-set, and none ' +
    'while the shared storage cannot be reached (§2.3).',
  points: 10,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'one of two went on': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    await cluster.appendWords(1, 'a', 4);
    const lostStorage = world.draw.sample(['n1', 'n2'], world.draw.integer(0, 2));
    for (const server of lostStorage) {
      cluster.storage.cut(server, world.draw.pick(['calls', 'answers'] as const));
    }
    cluster.isolate('n1', { from: ['peers'] });
    const working = world.spawn(() => cluster.appendWords(2, 'b', 8));
    await world.sleep(1_000);
    cluster.heal();
    await working;
    if (cluster.storage.epoch === 2) world.reached('one of two went on');
    await cluster.appendWords(1, 'a', 4);
    await world.sleep(2_000);
  },
});

const diskFailover = defineTest<Cluster>({
  id: 'primary-backup/C/disk',
  title: 'Failover with disk requests pending',
  about:
    'The primary of the disk guest crashes while requests are under way. The survivor issues them again, none of ' +
    'the loser’s comes later, and the guest goes on (§3.4, §4.1).',
  points: 10,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'disk' },
  situations: { 'the backup went on with the disk': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world } = cluster;
    // Slow at first, so that the crash finds requests under way.
    const { times } = cluster.storage;
    cluster.storage.times = [5, 20];
    const working = world.spawn(() => cluster.diskPass(1, 1));
    await world.sleep(world.draw.integer(5, 40));
    world.crash('n1');
    cluster.storage.times = times;
    await world.until(() => cluster.storage.holder === 'n2', {
      withinMs: 2_000,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: 'the backup does not go live',
      }),
    });
    world.reached('the backup went on with the disk');
    await working;
    await cluster.diskPass(1, 2);
    await world.sleep(2_000);
    if ((world.driver('n2')?.machine.pendingRequests ?? 1) > 0) {
      world.fail({
        kind: 'liveness',
        property: 'disk requests',
        message: 'a disk request was never completed',
      });
    }
  },
});

export const partC = definePart<Cluster>({
  id: 'C',
  title: 'Failover',
  tests: [failover, lagging, split, diskFailover],
});
