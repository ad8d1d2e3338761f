import { compose, disk, duplication, labrpc, reordering } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw, Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import type { ServiceSettings } from '../src/service.ts';
import { reliable, unreliable } from './networks.ts';

/** Three messages of ten come a second time, some long after what followed them; one of five is overtaken. */
const duplicating = (): NetworkModel =>
  compose(labrpc({ longDelays: true }), duplication(0.3, 1500), reordering(0.2, 40));

const DUPLICATE_ROUNDS = 12;

const duplicates = defineTest<Cluster, number[]>({
  id: 'raft/E/duplicates',
  title: 'Messages that come twice, and late',
  about:
    'Requests and replies are delivered a second time up to one and a half seconds later, by which time another ' +
    'leader may lead and the log may have grown: a stale AppendEntries cuts nothing off, a stale reply takes ' +
    'nothing back, and the commit index never falls (Raft §5.3; §5.5: RPCs are idempotent).',
  points: 1,
  servers: 5,
  network: duplicating,
  situations: { 'commands were agreed on while messages came twice': 'always' },
  plan: (draw) => Array.from({ length: DUPLICATE_ROUNDS }, () => draw.integer(0, 5)),
  async run(cluster, disturbances) {
    for (const [round, disturbance] of disturbances.entries()) {
      for (let n = 0; n < 4; n++) await cluster.startEverywhere(`${round}.${n}`);
      await cluster.agree(`round ${round}`, 3, { retry: true });
      const [leader = cluster.at(0)] = cluster.claimants();
      if (disturbance === 0) cluster.disconnect(leader);
      if (disturbance === 1) {
        cluster.crash(leader);
        await cluster.sleep(20);
      }
      if (disturbance === 2) cluster.disconnect(cluster.after(leader, 1));
      await cluster.agree(`disturbed ${round}`, 3, { retry: true });
      cluster.restart(...cluster.servers);
    }
    cluster.reached('commands were agreed on while messages came twice');
    cluster.network.use(reliable());
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

/** One act of the swarm, at a server that is drawn with it. */
const ACTS = [
  'crash',
  'restart',
  'disconnect',
  'connect',
  'mute',
  'pause',
  'resume',
  'slow disk',
  'cut',
] as const;

interface Act {
  readonly what: (typeof ACTS)[number];
  readonly place: number;
  readonly ms: number;
}

interface Swarm {
  readonly acts: readonly Act[];
  /** Servers that stay as the last acts have left them, apart from being awake. */
  readonly absent: readonly number[];
  readonly absence: 'dead' | 'mute' | 'flapping';
}

function drawSwarm(draw: Draw): Swarm {
  const weights = ACTS.filter(() => draw.chance(0.6));
  const acts = weights.length === 0 ? ACTS : weights;
  return {
    acts: Array.from({ length: 40 }, () => {
      return { what: draw.pick(acts), place: draw.integer(0, 4), ms: draw.integer(5, 250) };
    }),
    absent: draw.sample([0, 1, 2, 3, 4], draw.integer(1, 2)),
    absence: draw.pick(['dead', 'mute', 'flapping'] as const),
  };
}

function perform(cluster: Cluster, { what, place }: Act): void {
  const { world, network } = cluster;
  const node = cluster.at(place);
  if (what === 'crash' && world.isUp(node)) world.crashAfterEffects(node, 1 + (place % 3));
  if (what === 'restart') cluster.restart(node);
  if (what === 'disconnect') cluster.disconnect(node);
  if (what === 'connect') cluster.connect(node);
  if (what === 'mute') network.block(node, cluster.after(node, 1));
  if (what === 'pause') world.pause(node);
  if (what === 'resume') world.resume(node);
  if (what === 'slow disk')
    world.useDisk(node, disk({ writeMs: [1, 15], survival: 0.3, order: 'reordered' }));
  if (what === 'cut')
    network.partition(
      [node, cluster.after(node, 1)],
      [2, 3, 4].map((steps) => cluster.after(node, steps)),
    );
}

interface SwarmTest {
  readonly name: string;
  readonly title: string;
  readonly twist: string;
  readonly points: number;
  readonly network: () => NetworkModel;
  readonly settings: ServiceSettings;
}

function swarmTest({ name, title, twist, points, network, settings }: SwarmTest): Test<Cluster> {
  return defineTest<Cluster, Swarm>({
    id: `raft/E/${name}`,
    title,
    about:
      'Forty faults of kinds that the seed chooses: crashes in the middle of an event, cuts, one-way cuts, pauses, ' +
      `slow disks${twist}. Then a majority is healed for good, while the others stay dead, can hear but not speak, ` +
      'or come and go: a leader must be found, fresh commands must be agreed on, and nothing may be lost (Raft §5.4; ' +
      '§5.6: availability needs a majority).',
    points,
    servers: 5,
    network,
    settings: { ...settings },
    situations: { 'a majority agreed while the others were away': 'always' },
    plan: drawSwarm,
    run: runSwarm,
  });
}

async function runSwarm(cluster: Cluster, { acts, absent, absence }: Swarm): Promise<void> {
  await cluster.agree('first', cluster.size, { retry: true });
  // Not awaited one by one: a paused server answers when it wakes up.
  const started: Promise<unknown>[] = [];
  for (const act of acts) {
    perform(cluster, act);
    for (const node of cluster.claimants()) started.push(cluster.start(node, act.what));
    await cluster.sleep(act.ms);
  }
  await healMajority(cluster, absent, absence);
  const present = cluster.size - absent.length;
  await cluster.agree('majority', present, { retry: true });
  cluster.reached('a majority agreed while the others were away');
  heal(cluster);
  await Promise.all(started);
  await cluster.agree('last', cluster.size, { retry: true });
}

function heal(cluster: Cluster): void {
  const { world, network } = cluster;
  network.heal();
  network.use(reliable());
  for (const node of cluster.servers) {
    world.resume(node);
    if (world.isUp(node)) world.crashAfterEffects(node, Infinity);
    world.useDisk(node, disk());
  }
  cluster.restart(...cluster.servers);
}

/** Heals everything, and takes away those that are to be away; waits until the others have a leader. */
async function healMajority(
  cluster: Cluster,
  absent: readonly number[],
  absence: Swarm['absence'],
): Promise<void> {
  const { network } = cluster;
  heal(cluster);
  for (const place of absent) {
    const node = cluster.at(place);
    if (absence === 'dead') cluster.crash(node);
    else if (absence === 'flapping') cluster.disconnect(node);
    else for (const other of cluster.servers) if (other !== node) network.block(node, other);
  }
  await cluster.sleep(ELECTION_MS);
  if (absence === 'flapping') {
    for (const place of absent) {
      cluster.connect(cluster.at(place));
      await cluster.sleep(100);
      cluster.disconnect(cluster.at(place));
    }
  }
  await cluster.checkOneLeader();
}

const swarm = swarmTest({
  name: 'swarm',
  title: 'Everything at once, and then a majority',
  twist: '',
  points: 1,
  network: unreliable,
  settings: {},
});

const swarmWithSnapshots = swarmTest({
  name: 'swarm-snapshots',
  title: 'Everything at once, with snapshots',
  twist:
    ', while messages come twice and overtake each other, and each server takes a snapshot every ten entries',
  points: 1,
  network: duplicating,
  settings: { snapshots: true },
});

export const faults = [duplicates, swarm, swarmWithSnapshots];
