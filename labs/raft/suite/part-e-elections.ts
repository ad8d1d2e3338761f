import type { NodeId } from '@lockstep/api';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

/** Long enough for an entry to reach a follower and its disk, on a network without faults. */
const REPLICATED_MS = 150;
const TRIES = 5;

const figure8 = defineTest<Cluster>({
  id: 'raft/E/figure-8-exact',
  title: 'Figure 8, step by step',
  about:
    'The case of the paper, constructed: an entry of an old term reaches one follower; another leader takes an ' +
    'entry alone and crashes; the first one leads again and brings its old entry to a majority, with no entry of ' +
    'its new term; then the other one is elected and overwrites it. So the old entry must not have been committed ' +
    'by counting its replicas (Raft §5.4.2, Figure 8).',
  points: 1,
  servers: 5,
  network: reliable,
  situations: { 'an entry of an old term lay on a majority, and was then overwritten': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    for (let tries = 0; tries < TRIES && !(await figure8Once(cluster)); tries++) restartAll(cluster);
    restartAll(cluster);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

/** One attempt; false when a server lost its leadership at the wrong moment. */
async function figure8Once(cluster: Cluster): Promise<boolean> {
  // (a) S1 leads, and replicates an entry to S2 alone.
  const s1 = await cluster.checkOneLeader();
  const s2 = cluster.after(s1, 1);
  const others = [2, 3, 4].map((steps) => cluster.after(s1, steps));
  cluster.network.partition([s1, s2], others);
  if ((await cluster.start(s1, 'old term')) === undefined) return false;
  await cluster.sleep(REPLICATED_MS);
  // (b) S1 crashes; S5 is elected by S3 and S4, and takes another entry alone.
  cluster.crash(s1, s2);
  const s5 = await cluster.waitForLeader();
  const [s3, s4] = others.filter((node) => node !== s5);
  if (s3 === undefined || s4 === undefined) return false;
  cluster.network.partition([s5], [s3, s4]);
  const alone = await cluster.start(s5, 'overwrites');
  await cluster.sleep(REPLICATED_MS);
  cluster.crash(s5, s4);
  if (alone === undefined) return false;
  // (c) S1 or S2, which are as good as each other, leads again, and brings the old entry to S3: a majority has it.
  cluster.network.heal();
  cluster.restart(s1, s2);
  await cluster.waitForLeader();
  await cluster.sleep(ELECTION_MS);
  // (d) They crash, and S5 is elected by S3 and S4: its last term is the later one. Its entry replaces the old one.
  cluster.crash(s1, s2);
  cluster.restart(s4, s5);
  await cluster.agree('new term', 3, { retry: true });
  cluster.reached('an entry of an old term lay on a majority, and was then overwritten');
  return true;
}

function restartAll(cluster: Cluster): void {
  cluster.network.heal();
  cluster.restart(...cluster.servers);
}

const cutBroadcast = defineTest<Cluster>({
  id: 'raft/E/cut-broadcast',
  title: 'A leader that dies in the middle of a broadcast',
  about:
    'The leader takes a command and dies after the first, the second, … of its effects: some followers have the ' +
    'entry, some have not, the leader itself may have it on disk or not. Whatever the others then agree on, no ' +
    'two servers may differ (Raft §5.3, §5.4).',
  points: 1,
  servers: 5,
  network: reliable,
  situations: { 'a leader died after each number of effects': 'always' },
  async run(cluster) {
    for (let effects = 1; effects <= 6; effects++) {
      await cluster.agree(`before ${effects}`, cluster.size, { retry: true });
      const leader = await cluster.checkOneLeader();
      cluster.world.crashAfterEffects(leader, effects);
      await cluster.start(leader, `cut after ${effects}`);
      await cluster.sleep(REPLICATED_MS);
      cluster.crash(leader);
      await cluster.agree(`after ${effects}`, cluster.size - 1, { retry: true });
      cluster.restart(leader);
    }
    cluster.reached('a leader died after each number of effects');
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

const pausedLeader = defineTest<Cluster>({
  id: 'raft/E/paused-leader',
  title: 'A leader that was asleep',
  about:
    'The leader stops for two seconds, as a machine does that swaps or is migrated, with commands under way, and ' +
    'wakes up to a world that has elected another one, with everything that was sent to it waiting. It still ' +
    'believes that it leads; nothing that it does may show (Raft §5.1, §5.4).',
  points: 1,
  servers: 5,
  network: reliable,
  situations: { 'a leader woke up in the term of its successor': 'always' },
  async run(cluster) {
    for (let round = 0; round < 3; round++) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      const leader = await cluster.checkOneLeader();
      const started = [0, 1, 2].map((n) => cluster.start(leader, `under way ${round}.${n}`));
      await cluster.sleep(0.05);
      cluster.world.pause(leader);
      await cluster.sleep(2 * ELECTION_MS);
      await agreeAmong(cluster, leader, round);
      cluster.world.resume(leader);
      await Promise.all(started);
      await cluster.agree(`after ${round}`, cluster.size, { retry: true });
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

/** The servers that are awake agree on a command; whoever sleeps is not even asked. */
async function agreeAmong(cluster: Cluster, asleep: NodeId, round: number): Promise<void> {
  const from = cluster.world.now;
  while (cluster.world.now - from < 10 * ELECTION_MS) {
    const successor = cluster.claimants().find((node) => node !== asleep);
    const started =
      successor === undefined ? undefined : await cluster.start(successor, `meanwhile ${round}`);
    await cluster.sleep(REPLICATED_MS);
    if (started === undefined || cluster.appliedBy(started.index).length < cluster.size - 1) continue;
    cluster.reached('a leader woke up in the term of its successor');
    return;
  }
  cluster.notLive('agreement', 'the four servers that are awake to agree on a command', from);
}

export const elections = [figure8, cutBroadcast, pausedLeader];
