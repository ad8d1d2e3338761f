import { compose, duplication, labrpc, reordering, silentLoss } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { BROKEN_MS, FAILOVER_MS, IN_DOUBT_MS } from '../src/numbers.ts';
import { clock, disk, pause, timer, unreachable } from './part-c-devices.ts';
import { devices } from './rooms.ts';

const failover = defineTest<Cluster>({
  id: 'primary-backup/C/failover',
  title: 'One of the two crashes',
  about:
    'Either server crashes at a drawn moment while clients work. The other one goes on, by test-and-set, and the ' +
    'clients see one machine (§2.3).',
  points: 4,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the other server went on': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    const victim = world.draw.pick(['n1', 'n1', 'n2']);
    const survivor = victim === 'n1' ? 'n2' : 'n1';
    await kv.appendWords(1, 'before', 2);
    const working = [1, 2, 3].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 8)));
    await world.sleep(world.draw.integer(1, 60));
    await cluster.crashAtWork(victim, world.draw.integer(1, 20));
    await Promise.all(working);
    await kv.appendWords(1, 'after', 2);
    if (cluster.live === survivor && cluster.storage.epoch === 2) world.reached('the other server went on');
    await cluster.settle();
  },
});

const inDoubt = defineTest<Cluster>({
  id: 'primary-backup/C/in-doubt',
  title: 'Packets in doubt',
  about:
    'The backup has what led to an answer, but its acknowledgement is lost, and the primary crashes with the ' +
    'answer in hand. The successor cannot know whether it is out, and sends it (§2.2, end). What left long ' +
    'ago is in doubt no more, and does not leave again.',
  points: 4,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'an answer was held when the primary died': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 3);
    await world.sleep(IN_DOUBT_MS + 1_000);
    cluster.storage.cut('n1');
    world.network.block('n2', 'n1');
    const before = cluster.outputsOf('n1');
    const working = world.spawn(() => kv.appendWords(2, 'a', 2));
    await world.sleep(world.draw.integer(5, 40));
    if (cluster.outputsOf('n1') > before) world.reached('an answer was held when the primary died');
    world.crash('n1');
    cluster.heal();
    await working;
    await cluster.settle();
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
  points: 3,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup was behind its primary': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await cluster.slowMachine('n2', SLOWNESS);
    await kv.appendWords(1, 'a', 8);
    if (cluster.countOf('n2') < cluster.countOf('n1')) world.reached('the backup was behind its primary');
    world.crash('n1');
    await cluster.slowlyLive('n2', 'n1');
    await kv.appendWords(1, 'a', 2);
    await cluster.settle();
  },
});

const split = defineTest<Cluster>({
  id: 'primary-backup/C/split',
  title: 'The servers lose each other',
  about:
    'The logging channel breaks while both servers run, in one direction or both. Exactly one goes on, whoever ' +
    'wins the test-and-set, and none while the shared storage cannot be reached (§2.3). Nor can the clients’ switch ' +
    'be reached by everybody at once.',
  points: 4,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'one of two went on': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    kv.patienceMs = BROKEN_MS + FAILOVER_MS;
    await kv.appendWords(1, 'a', 4);
    const lostStorage = world.draw.sample(['n1', 'n2'], world.draw.integer(0, 2));
    for (const server of lostStorage) {
      cluster.storage.cut(server, world.draw.pick(['calls', 'answers'] as const));
    }
    const [one, other] = world.draw.sample(['n1', 'n2'], 2);
    if (one !== undefined && other !== undefined) {
      world.network.block(one, other);
      if (world.draw.chance(0.5)) world.network.block(other, one);
      if (world.draw.chance(0.3)) cluster.network.cut(one);
    }
    const working = world.spawn(() => kv.appendWords(2, 'b', 8));
    await world.sleep(BROKEN_MS);
    cluster.heal();
    await working;
    if (cluster.storage.epoch >= 2) world.reached('one of two went on');
    await kv.appendWords(1, 'a', 4);
    await cluster.settle();
  },
});

const stormy = defineTest<Cluster>({
  id: 'primary-backup/C/storm',
  title: 'A crash on a bad channel',
  about:
    'Messages between the servers are lost, repeated and reordered while clients share keys, and the primary ' +
    'crashes in the middle of it. What the clients see is linearizable.',
  points: 3,
  servers: 2,
  network: () => compose(silentLoss(0.05), duplication(0.1, 20), reordering(0.3, 20)),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup took over': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    const working = [1, 2, 3, 4].map((client) => world.spawn(() => kv.mixed(client, 15)));
    await world.sleep(world.draw.integer(20, 200));
    await cluster.crashAtWork('n1', world.draw.integer(1, 20));
    await Promise.all(working);
    await kv.mixed(1, 5);
    if (cluster.live === 'n2') world.reached('the backup took over');
    await cluster.settle();
  },
});

export const partC = definePart<Cluster>({
  id: 'C',
  title: 'Failover',
  tests: [failover, inDoubt, lagging, split, unreachable, stormy, disk, clock, timer, pause],
});
