import { labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { copiedTo, failOver, goOnAlone, REPAIR_MS } from './redundancy.ts';
import { devices } from './rooms.ts';

const justCopied = defineTest<Cluster>({
  id: 'primary-backup/D/just-copied',
  title: 'A copy is no backup yet',
  about:
    'The spare has the machine, and from that moment on hears nothing more from the primary, which serves clients and ' +
    'then crashes. What the primary lets out without waiting for the copy, the copy must not contradict: it may go ' +
    'live only if the primary counts on it.',
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

const wholeState = defineTest<Cluster>({
  id: 'primary-backup/D/whole-state',
  title: 'More than the machine',
  about:
    'While the primary is alone, a packet of its guest cannot leave, because the clients’ switch is out of reach; and ' +
    'its wall clock is fast. A spare boots, gets a copy and goes live. The packet is in doubt for it as for its ' +
    'predecessor, and the guest’s time does not go back.',
  points: 3,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv', clocksOffMs: { n1: 900, n2: 900, n3: -900 } },
  situations: { 'a packet was held up during the copy': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
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
    await world.sleep(300);
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
    'The backup is lost, then the primary, before anybody has a copy. A server that boots again has a machine, but not ' +
    'the service’s: it stays silent (as a view service must not make an empty server its primary).',
  points: 2,
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

/** Tests of what a copy is, and what not. */
export const copies = [justCopied, wholeState, last];
