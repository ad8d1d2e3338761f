import { compose, labrpc, limitedBandwidth } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { REDUNDANT_MS } from '../src/numbers.ts';
import { copies } from './part-d-copies.ts';
import { failOver, goOnAlone, REPAIR_MS } from './redundancy.ts';
import { devices } from './rooms.ts';

const replacement = defineTest<Cluster>({
  id: 'primary-backup/D/replacement',
  title: 'A new backup',
  about:
    'One of three servers is spare. When the primary or the backup has crashed, the spare becomes the backup, with ' +
    'a copy of the live machine (§3.1). Then the primary crashes, and what was the spare goes on where it was.',
  points: 4,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the spare went live': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    const working = [1, 2].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 8)));
    await world.sleep(world.draw.integer(1, 60));
    world.crash(world.draw.pick(['n1', 'n2']));
    await Promise.all(working);
    await world.sleep(REPAIR_MS);
    const workingOn = [1, 2].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 6)));
    await world.sleep(world.draw.integer(1, 30));
    if ((await failOver(cluster)) === 'n3') world.reached('the spare went live');
    await Promise.all(workingOn);
    await kv.appendWords(1, 'after', 2);
    await cluster.settle();
  },
});

/** What a link carries, in bytes a ms: a whole machine takes it half a second and more. */
const LINK_BYTES_PER_MS = 250;

/** How long a client may wait while the machine is copied, in ms. */
const MAX_GAP_MS = 250;

const serving = defineTest<Cluster>({
  id: 'primary-backup/D/serving',
  title: 'Serving while it is copied',
  about:
    'The channel between the servers is slow, and the guest’s memory full. The guest goes on serving while its ' +
    'machine is copied to the spare, and no client waits for long; what happens to it meanwhile is not lost (§3.1).',
  points: 4,
  servers: 3,
  network: () => compose(labrpc(), limitedBandwidth(LINK_BYTES_PER_MS)),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the spare went live': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    for (let i = 0; i < 120; i++) {
      await kv.request(1, { operation: 'put', key: `key ${i}`, value: world.nonce().repeat(30) });
    }
    world.crash('n2');
    await goOnAlone(cluster);
    const until = world.now + REDUNDANT_MS;
    let longest = 0;
    for (let i = 0; world.now < until; i++) {
      const asked = world.now;
      await kv.request(2, { operation: 'append', key: `log ${i % 5}`, value: `${i},` });
      longest = Math.max(longest, world.now - asked);
      await world.sleep(20);
    }
    world.bound('ms that a client waited during the copy', Math.round(longest), { atMost: MAX_GAP_MS });
    if ((await failOver(cluster)) === 'n3') world.reached('the spare went live');
    for (let i = 0; i < 5; i++) await kv.get(3, `log ${i}`);
    await kv.appendWords(1, 'after', 2);
    await cluster.settle();
  },
});

const repeated = defineTest<Cluster>({
  id: 'primary-backup/D/repeated',
  title: 'Failover after failover',
  about:
    'Five times a server crashes, mostly the live one, and boots again some time later with nothing. The service ' +
    'loses nothing and stops nowhere, as long as there is time for a new backup in between.',
  points: 5,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the service moved four times': { atLeast: 1, of: 5 } },
  timeLimitMs: 120_000,
  async run(cluster) {
    const { world, kv } = cluster;
    for (let round = 0; round < 5; round++) {
      const working = [1, 2].map((client) =>
        world.spawn(() => kv.appendWords(client, `k${round % 3}.${client}`, 3)),
      );
      await world.sleep(world.draw.integer(1, 25));
      const victim = world.draw.chance(0.7) ? cluster.live : world.draw.pick(world.servers);
      if (world.isUp(victim)) world.crash(victim);
      await Promise.all(working);
      await world.sleep(world.draw.integer(0, 500));
      world.restart(victim);
      await world.sleep(REPAIR_MS);
    }
    if (cluster.storage.epoch >= 5) world.reached('the service moved four times');
    await kv.appendWords(1, 'last', 2);
    await cluster.settle();
  },
});

const ghost = defineTest<Cluster>({
  id: 'primary-backup/D/ghost',
  title: 'Back from two epochs ago',
  about:
    'The primary is cut off or asleep, and the service goes on without it, twice; the server that was its backup ' +
    'is somebody else’s now. When it comes back it has nothing to say, nothing to write, and nobody follows ' +
    'it; and it is as good a spare as any: in the end the service is with it.',
  points: 3,
  servers: 3,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the service came back to it': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    kv.patienceMs = 4_000;
    await kv.appendWords(1, 'a', 2);
    const working = [1, 2].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 4)));
    await world.sleep(world.draw.integer(1, 20));
    const isAsleep = world.draw.chance(0.5);
    if (isAsleep) world.pause('n1');
    else cluster.isolate('n1', 'peers', 'storage', 'clients');
    await cluster.nextLive('n1');
    await Promise.all(working);
    await world.sleep(REPAIR_MS);
    await failOver(cluster);
    world.restart('n2');
    await kv.appendWords(1, 'a', 2);
    await world.sleep(REPAIR_MS);
    const workingOn = [1, 2].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 4)));
    if (isAsleep) world.resume('n1');
    else cluster.heal();
    await Promise.all(workingOn);
    // Two servers are left, of which one is live; then n1 alone.
    world.crash('n2');
    await kv.appendWords(1, 'a', 2);
    await world.sleep(REPAIR_MS);
    if ((await failOver(cluster)) === 'n1') world.reached('the service came back to it');
    await kv.appendWords(1, 'a', 2);
    await cluster.settle();
  },
});

const half = defineTest<Cluster>({
  id: 'primary-backup/D/half-copied',
  title: 'Half a copy',
  about:
    'One of the two servers of a copy crashes in the middle of it. If it is the new backup, the next one is made; if ' +
    'it is the primary, the service is gone, and a server that has half a machine must not be live with it.',
  points: 3,
  servers: 3,
  network: () => compose(labrpc(), limitedBandwidth(LINK_BYTES_PER_MS)),
  devices,
  settings: { guest: 'kv' },
  situations: { 'a machine was being copied': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 8);
    world.crash('n2');
    await goOnAlone(cluster);
    await kv.appendWords(1, 'a', 1);
    const before = cluster.channelBytes;
    await world.until(() => cluster.channelBytes - before > 20_000 || cluster.countOf('n3') > 0, {
      withinMs: REDUNDANT_MS,
      everyMs: 1,
      violation: () => ({
        kind: 'liveness',
        property: 'redundancy',
        message: 'no machine is copied to the spare',
      }),
    });
    world.reached('a machine was being copied');
    await kv.appendWords(2, 'b', world.draw.integer(1, 3));
    const victim = world.draw.pick(['n1', 'n3', 'n3']);
    world.crash(victim);
    if (victim === 'n1') {
      await world.sleep(REPAIR_MS);
      if (cluster.live !== 'n1') await kv.appendWords(2, 'b', 1);
      return;
    }
    await kv.appendWords(2, 'b', 1);
    world.restart(world.draw.pick(['n2', 'n3']));
    await world.sleep(REPAIR_MS);
    await failOver(cluster);
    await kv.appendWords(1, 'a', 2);
    await cluster.settle();
  },
});

export const partD = definePart<Cluster>({
  id: 'D',
  title: 'Redundancy restored',
  tests: [replacement, serving, repeated, ghost, half, ...copies],
});
