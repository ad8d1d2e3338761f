import { compose, labrpc, slowDirection } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { copiedTo, failOver, goOnAlone, REPAIR_MS } from './redundancy.ts';
import { devices } from './rooms.ts';

const justCopied = defineTest<Cluster>({
  id: 'primary-backup/D/just-copied',
  title: 'A copy is no backup yet',
  about:
    'The spare has the machine, and from that moment on hears nothing more from the primary, which serves clients ' +
    'and then crashes. What the primary lets out without waiting for the copy, the copy must not contradict: it may ' +
    'go live only if the primary counts on it.',
  points: 3,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the spare had a copy': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    kv.patienceMs = REPAIR_MS;
    await kv.appendWords(1, 'a', 3);
    world.crash('n2');
    await goOnAlone(cluster);
    const working = world.spawn(() => kv.appendWords(2, 'b', 30));
    await copiedTo(cluster, 'n3');
    world.reached('the spare had a copy');
    world.network.block('n1', 'n3');
    await working;
    world.crash('n1');
    world.network.heal();
    await world.sleep(REPAIR_MS);
    // Nobody has to go on: the primary may have been alone. Whoever does has the whole machine.
    if (cluster.live !== 'n1') await kv.appendWords(1, 'a', 1);
  },
});

/** A spare that has a copy is the backup after so long, in ms; servers' clocks may be further apart than that. */
const CONFIRMED_MS = 1_000;

const wholeState = defineTest<Cluster>({
  id: 'primary-backup/D/whole-state',
  title: 'More than the machine',
  about:
    'While the primary is alone, a packet of its guest cannot leave, because the clients’ switch is out of reach; ' +
    'and its wall clock is fast. A spare boots, gets a copy and goes live. The packet is in doubt for it as for ' +
    'its predecessor, and the guest’s time does not go back.',
  points: 3,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv', clocksOffMs: { n1: 900, n2: 900, n3: -900 } },
  situations: { 'a packet was held up during the copy': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    // From the cut on nobody answers until the copy is a backup, and has gone live.
    kv.patienceMs = 2 * REPAIR_MS;
    await kv.appendWords(1, 'a', world.draw.integer(1, 3));
    world.crash('n3');
    world.crash('n2');
    await goOnAlone(cluster);
    await kv.request(1, { operation: 'put', key: 'later gone', value: 'x', ttlMs: 60_000 });
    await world.sleep(world.draw.integer(0, 50));
    const before = cluster.outputsOf('n1');
    const working = world.spawn(() => kv.appendWords(2, 'b', 1));
    await world.until(() => cluster.outputsOf('n1') > before, {
      withinMs: 1_000,
      everyMs: 0.01,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: 'the guest does not answer',
      }),
    });
    cluster.network.cut('n1');
    world.reached('a packet was held up during the copy');
    world.restart('n3');
    await copiedTo(cluster, 'n3');
    await world.sleep(CONFIRMED_MS);
    if (world.isUp('n1')) await failOver(cluster);
    await working;
    await kv.request(1, { operation: 'put', key: 'even later gone', value: 'x', ttlMs: 60_000 });
    await cluster.settle();
  },
});

const last = defineTest<Cluster>({
  id: 'primary-backup/D/last',
  title: 'Nobody is left who knows',
  about:
    'The backup is lost, then the primary, before anybody has a copy. A server that boots again has a machine, but ' +
    'not the service’s: it stays silent (as a view service must not make an empty server its primary).',
  points: 1,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'a new machine was there': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 3);
    world.crash('n2');
    await goOnAlone(cluster);
    await kv.appendWords(1, 'a', 1);
    world.crash('n1');
    world.restart(world.draw.pick(['n1', 'n2']));
    if (world.draw.chance(0.5)) {
      await world.sleep(100);
      for (const server of world.servers) world.restart(server);
    }
    await world.sleep(REPAIR_MS);
    world.reached('a new machine was there');
    if (cluster.storage.epoch === 2 && cluster.live === 'n1') return;
    const message = `${cluster.live} went live, and has nothing of the service`;
    world.fail({ kind: 'safety', property: 'one machine', message });
  },
});

const unheard = defineTest<Cluster>({
  id: 'primary-backup/D/unheard',
  title: 'The new backup has not heard of it',
  about:
    'The Output Rule (§2.2) holds for a backup that was a spare as for the first one: what the primary sends ' +
    'to it is lost, the guest answers a client, and the primary crashes.',
  points: 2,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'an answer was ready when the primary died': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 2);
    world.crash('n2');
    await world.sleep(REPAIR_MS);
    await kv.appendWords(1, 'a', 1);
    cluster.storage.cut('n1');
    world.network.block('n1', 'n3');
    const before = cluster.outputsOf('n1');
    const working = world.spawn(() => kv.appendWords(2, 'a', 2));
    await world.sleep(world.draw.integer(5, 40));
    if (cluster.outputsOf('n1') > before) world.reached('an answer was ready when the primary died');
    world.crash('n1');
    cluster.heal();
    await working;
    await kv.appendWords(1, 'a', 1);
    await cluster.settle();
  },
});

/** How long messages of the first primary are on their way: by then their receiver follows another, in ms. */
const LATE_MS = 2 * REPAIR_MS + 3_000;

const oldLog = defineTest<Cluster>({
  id: 'primary-backup/D/old-log',
  title: 'An old log arrives',
  about:
    'The last messages of a primary are long on their way. When they arrive it is out for two epochs, and their ' +
    'receiver is the backup of another, with a new copy: it takes nothing from them.',
  points: 2,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the old log arrived at a backup': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 1);
    const sent = world.now;
    cluster.storage.cut('n1');
    world.network.use(compose(labrpc(), slowDirection('n1', 'n2', LATE_MS)));
    const working = [1, 2, 3].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 2)));
    await cluster.nextLive('n1');
    world.pause('n1');
    world.network.use(labrpc());
    await Promise.all(working);
    await world.sleep(REPAIR_MS);
    world.pause('n2');
    await cluster.nextLive('n2');
    world.resume('n2');
    await kv.appendWords(1, 'a', 1);
    await world.sleep(REPAIR_MS);
    await world.sleep(sent + LATE_MS - world.now);
    // The new log is as long as the old one was while the old one arrives.
    while (world.now < sent + LATE_MS + 250) {
      await kv.get(4, 'a');
      await world.sleep(6);
    }
    if (cluster.live === 'n3') world.reached('the old log arrived at a backup');
    world.crash('n1');
    await failOver(cluster);
    await kv.appendWords(1, 'a', 1);
    await cluster.settle();
  },
});

/** Tests of what a copy is, and what not. */
export const copies = [justCopied, unheard, wholeState, oldLog, last];
