import { compose, labrpc, slowDirection, uniformDelay } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { MAX_WAITING_PACKETS } from '../src/numbers.ts';
import { slowDisk } from './part-b-disk.ts';
import { devices } from './rooms.ts';

const outputRule = defineTest<Cluster>({
  id: 'primary-backup/B/output-rule',
  title: 'The Output Rule',
  about:
    'The primary is cut off from its backup while clients work, and crashes at a drawn moment. ' +
    'What the clients were told, the backup must have when it goes live (§2.2).',
  points: 3,
  servers: 2,
  network: () => labrpc({ unreliable: true }),
  devices,
  settings: { guest: 'kv' },
  situations: { 'the backup took over': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    const working = [1, 2].map((client) => world.spawn(() => kv.appendWords(client, `k${client}`, 12)));
    await world.sleep(world.draw.integer(20, 400));
    world.network.block('n1', 'n2');
    await world.sleep(world.draw.integer(0, 20));
    world.crash('n1');
    world.network.heal();
    await Promise.all(working);
    if (cluster.live === 'n2') world.reached('the backup took over');
    await cluster.settle();
  },
});

const unheard = defineTest<Cluster>({
  id: 'primary-backup/B/unheard',
  title: 'The backup has not heard of it',
  about:
    'What the primary sends to its backup is lost, and it cannot reach the storage either. Its guest answers a ' +
    'client, and the primary crashes. If that answer has left, the client knows of something that the backup’s ' +
    'machine never did: no packet leaves before the backup has acknowledged what led to it (§2.2).',
  points: 4,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'kv' },
  situations: { 'an answer was ready when the primary died': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', world.draw.integer(1, 3));
    await world.sleep(world.draw.integer(0, 40));
    cluster.storage.cut('n1');
    world.network.block('n1', 'n2');
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

const writes = defineTest<Cluster>({
  id: 'primary-backup/B/writes',
  title: 'Writes are outputs',
  about:
    'As before, but what the guest does is write to the shared disk. A write that the backup’s machine never makes ' +
    'must not have happened (§4.1).',
  points: 3,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'disk' },
  situations: { 'writes were ready when the primary died': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, disk } = cluster;
    await disk.pass(1, 1);
    await world.sleep(world.draw.integer(0, 40));
    world.network.block('n1', 'n2');
    const working = world.spawn(() => disk.pass(1, 2));
    await world.sleep(world.draw.integer(5, 40));
    if ((world.driver('n1')?.machine.pendingRequests ?? 0) > 0)
      world.reached('writes were ready when the primary died');
    world.crash('n1');
    cluster.heal();
    await working;
    await disk.pass(1, 3);
    await cluster.settle();
  },
});

/** Instructions of the guest's work for its first packet: 50 ms. */
const WORK = 1_000_000;

/** How many times as slow the backup's machine is: it has hardly begun when the primary's is done. */
const SLOWNESS = 100;

const ownEntry = defineTest<Cluster>({
  id: 'primary-backup/B/own-entry',
  title: 'The output itself is in the log',
  about:
    'The guest works for 50 ms and answers; all inputs that led to this have been acknowledged long before. The ' +
    'backup’s machine is slower, and the primary crashes when the answer is out. If nothing in the log says how ' +
    'far the backup has to come before it goes live, the next packet interrupts its guest earlier, and the answer ' +
    'that the world has seen is never given (§2.2).',
  points: 4,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'gauge' },
  situations: { 'the answer was out when the primary died': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, gauge } = cluster;
    await cluster.slowMachine('n2', SLOWNESS);
    await world.sleep(world.draw.integer(0, 25));
    gauge.send(1, WORK + world.draw.integer(0, 400_000));
    await world.until(() => gauge.answers.has(1), {
      withinMs: 1_000,
      everyMs: 0.1,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: 'the guest’s answer does not leave within a second',
      }),
    });
    world.reached('the answer was out when the primary died');
    world.crash('n1');
    await cluster.slowlyLive('n2', 'n1');
    await world.until(() => cluster.network.address === 'n2', {
      withinMs: 2_000,
      everyMs: 0.1,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: 'the backup does not take the service’s address',
      }),
    });
    gauge.send(2, 1_000);
    await cluster.settle();
  },
});

/** Time on the wire between the servers, each way, in ms. */
const WIRE_MS = 1;

const delay = defineTest<Cluster>({
  id: 'primary-backup/B/delay',
  title: 'How long outputs are held, and what the channel carries',
  about:
    'Two servers a millisecond apart. An answer waits for one round trip between them and little else (§2.2): ' +
    'entries leave at once, and so do acknowledgements. And what crosses the channel is the log, not the machine.',
  points: 3,
  servers: 2,
  network: () => compose(labrpc(), uniformDelay(WIRE_MS, WIRE_MS)),
  devices,
  settings: { guest: 'kv' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 1);
    const began = { atMs: world.now, bytes: cluster.channelBytes, ...cluster.recordedBy('n1') };
    for (let i = 0; i < 50; i++)
      await kv.request(1, { operation: 'put', key: `key ${i}`, value: world.nonce() });
    const ended = { atMs: world.now, bytes: cluster.channelBytes, ...cluster.recordedBy('n1') };
    const ms = (ended.atMs - began.atMs) / 50;
    world.bound('ms to answer a client', round(ms), { atMost: 8 });
    const events = ended.events - began.events;
    const recorded = ended.eventBytes - began.eventBytes + 16 * events;
    // Heartbeats, while the guest waits for the next request.
    const heartbeats = ((ended.atMs - began.atMs) / 1000) * 20_000;
    const ratio = (ended.bytes - began.bytes - heartbeats) / recorded;
    world.bound('bytes on the channel for one of the log', round(ratio), { atMost: 8 });
  },
});

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Packets that fit into the guest and its card. */
const WORKING_PACKETS = 60;

const lag = defineTest<Cluster>({
  id: 'primary-backup/B/lag',
  title: 'A slow backup',
  about:
    'The backup’s machine is slower than the primary’s, whose guest computes. The primary is slowed down before ' +
    'its backup is further behind than is allowed, and takes no more packets off its card than its guest can have ' +
    '(§2.2, §3.2). The guest goes on at the backup’s pace, and nobody takes the slower server for dead.',
  points: 3,
  servers: 2,
  network: () => labrpc(),
  devices,
  settings: { guest: 'gauge', maxLag: 200_000 },
  situations: { 'the backup was far behind': 'always' },
  timeLimitMs: 60_000,
  async run(cluster) {
    const { world, gauge, network } = cluster;
    await cluster.slowMachine('n2', 20);
    for (let number = 1; number <= WORKING_PACKETS; number++) gauge.send(number, 30_000);
    let most = 0;
    let flood = 0;
    const isDone = (): boolean => {
      most = Math.max(most, network.takenBy('n1') - cluster.recordedBy('n1').packets);
      const isBehind = cluster.countOf('n1') - cluster.countOf('n2') > 150_000;
      if (isBehind) world.reached('the backup was far behind');
      // More than can wait anywhere: some are lost, as on a real network.
      for (let i = 0; isBehind && flood < 1_000 && i < 20; i++) gauge.send(1_000 + ++flood, 0);
      return Array.from({ length: WORKING_PACKETS }).every((_, i) => gauge.answers.has(i + 1));
    };
    await world.until(isDone, {
      withinMs: 15_000,
      everyMs: 2,
      violation: () => ({
        kind: 'liveness',
        property: 'availability',
        message: '15 s for work that takes the backup 2, and the guest is not done',
      }),
    });
    world.bound('packets off the card that the guest did not have', most, { atMost: MAX_WAITING_PACKETS });
    cluster.checkNobodyWentLive();
  },
});

const quiet = defineTest<Cluster>({
  id: 'primary-backup/B/quiet',
  title: 'A quiet guest',
  about:
    'Nobody asks the guest for anything for 5 seconds: heartbeats keep the backup where it is (§2.3), also when ' +
    'their answers take a while. They take no more than a hundred messages a second and server.',
  points: 3,
  servers: 2,
  network: () => compose(labrpc(), slowDirection('n2', 'n1', 10)),
  devices,
  settings: { guest: 'kv' },
  situations: { 'nobody went live': 'always' },
  timeLimitMs: 30_000,
  async run(cluster) {
    const { world, kv } = cluster;
    await kv.appendWords(1, 'a', 2);
    const before = world.counters().messages;
    await world.sleep(5_000);
    world.bound('messages of an idle second', (world.counters().messages - before) / 5, { atMost: 200 });
    cluster.checkNobodyWentLive();
    world.reached('nobody went live');
    await kv.appendWords(1, 'a', 2);
  },
});

export const partB = definePart<Cluster>({
  id: 'B',
  title: 'The Output Rule',
  tests: [outputRule, unheard, writes, slowDisk, ownEntry, delay, lag, quiet],
});
