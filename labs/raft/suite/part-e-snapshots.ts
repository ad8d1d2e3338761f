import type { NodeId } from '@lockstep/api';
import { compose, disk, duplication, labrpc, promptDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { SNAPSHOT_INTERVAL } from '../src/service.ts';
import { drawRounds, snapshotRounds } from '../src/snapshot-rounds.ts';
import { echoing, reliable } from './networks.ts';

const settings = { snapshots: true };

const lateSnapshots = defineTest<Cluster, ReturnType<typeof drawRounds>>({
  id: 'raft/E/late-snapshots',
  title: 'Snapshots that come twice, and late',
  about:
    'Servers are cut off, fall behind and are sent snapshots, on a network that delivers half of the messages ' +
    'again up to three seconds later. A snapshot older than what the service has seen must not take it back, and ' +
    'one that comes twice changes nothing, be it from a leader or from the service itself (Raft §7, Figure 13).',
  points: 1,
  servers: 3,
  network: () => compose(labrpc({ longDelays: true }), duplication(0.5, 3000)),
  settings: { ...settings, repeatsSnapshots: true },
  situations: {
    'every server has taken snapshots': 'always',
    'a server that had fallen behind was sent a snapshot': 'always',
  },
  plan: (draw) => drawRounds(draw),
  async run(cluster, rounds) {
    await snapshotRounds(cluster, rounds.slice(-12), 'disconnect');
  },
});

/** More than the bound on Raft's state lets a server keep for those that are away. */
const MISSED = 40;
const PADDING = 60;
const ECHO_MS = 2000;
/** Not enough for a snapshot of one's own. */
const FEW = 3;
const INSTALLED_MS = 5 * ELECTION_MS;

const NEWER = 'a snapshot came again when the server had newer ones';
const LONGER = 'a snapshot came again when the server had none later, and a log behind it';

const oldSnapshot = defineTest<Cluster>({
  id: 'raft/E/old-snapshot',
  title: 'A snapshot that comes again when it is old',
  about:
    'A server that has missed forty entries is sent a snapshot. Then more entries are agreed on, a few, or so many ' +
    'that it takes snapshots of its own, before the very same message comes a second time, two seconds late. What it ' +
    'says is long part of the state, and must change nothing, least of all what only the leader has beside it ' +
    '(Raft §7; Figure 13, receiver rules 5 to 8).',
  points: 1,
  servers: 3,
  network: reliable,
  settings,
  situations: { [NEWER]: 'always', [LONGER]: 'always' },
  async run(cluster) {
    for (let i = 0; i < SNAPSHOT_INTERVAL + 2; i++)
      await cluster.agree(`${i}`, cluster.size, { retry: true });
    for (let round = 0; round < 4; round++) await echoRound(cluster, round);
  },
});

async function echoRound(cluster: Cluster, round: number): Promise<void> {
  const { world } = cluster;
  const behind = cluster.after(await cluster.checkOneLeader(), 1 + (round % 2));
  const snapshot = (): number => world.driver(behind)?.service.snapshotIndex ?? 0;
  const from = await sendSnapshot(cluster, behind, ECHO_MS);
  const installed = snapshot();
  const leader = await cluster.checkOneLeader();
  const third = cluster.servers.find((server) => server !== leader && server !== behind) ?? '';
  // Every other time, what is agreed on is with the leader and with the one that was behind, and with nobody else.
  const isNeeded = round % 2 === 1;
  if (isNeeded) cluster.crash(third);
  const present = isNeeded ? cluster.size - 1 : cluster.size;
  await agreeOnMany(cluster, round < 2 ? SNAPSHOT_INTERVAL + 5 : FEW, present);
  if (world.now < from + ECHO_MS) cluster.reached(snapshot() > installed ? NEWER : LONGER);
  await cluster.sleep(ECHO_MS);
  if (isNeeded) {
    cluster.crash(leader);
    cluster.restart(third);
    await cluster.agree(`after ${round}`, present, { retry: true });
    cluster.restart(leader);
  }
  await cluster.agree(`all of ${round}`, cluster.size, { retry: true });
}

/**
 * Has a server fall behind, and be sent a snapshot, which comes a second time so many ms later. Gives the time from
 * which on the first one may have been sent.
 */
async function sendSnapshot(cluster: Cluster, behind: NodeId, echoMs: number): Promise<number> {
  const { world, network } = cluster;
  cluster.crash(behind);
  await agreeOnMany(cluster, MISSED, cluster.size - 1);
  network.use(echoing(behind, echoMs));
  cluster.restart(behind);
  const from = world.now;
  await world.until(() => (world.driver(behind)?.service.installed ?? 0) > 0, {
    withinMs: INSTALLED_MS,
    violation: () => cluster.liveness('agreement', `${behind} to be sent a snapshot`, from),
  });
  network.use(reliable());
  return from;
}

/** Starts commands one behind the other, and waits until `expected` servers have applied them. */
async function agreeOnMany(cluster: Cluster, commands: number, expected: number): Promise<void> {
  for (let i = 0; i < commands - 1; i++) {
    const [leader = cluster.at(0)] = cluster.claimants();
    await cluster.start(leader, 'x'.repeat(PADDING));
    await cluster.sleep(1);
  }
  await cluster.agree('end', expected, { retry: true });
}

const LATER_MS = 4000;

const undisturbed = defineTest<Cluster>({
  id: 'raft/E/snapshot-and-leader',
  title: 'A snapshot disturbs no leader',
  about:
    'A server that has missed forty entries is sent a snapshot by a leader that goes on leading its term, for a ' +
    'server that is brought up to date has no reason to stand. Then that leader crashes, another one is elected, ' +
    'perhaps the very server that got the snapshot, and the message comes a second time. It is of an earlier term, ' +
    'and nobody may follow its sender (Raft §7; Figure 13, receiver rule 1).',
  points: 1,
  servers: 3,
  network: reliable,
  settings,
  situations: { 'a snapshot of an earlier term came to a server that had a later leader': 'always' },
  async run(cluster) {
    for (let i = 0; i < SNAPSHOT_INTERVAL + 2; i++)
      await cluster.agree(`${i}`, cluster.size, { retry: true });
    for (let round = 0; round < 3; round++) await successorRound(cluster, round);
  },
});

async function successorRound(cluster: Cluster, round: number): Promise<void> {
  const { world } = cluster;
  const behind = cluster.after(await cluster.checkOneLeader(), 1);
  const from = await sendSnapshot(cluster, behind, LATER_MS);
  const [old] = cluster.claimants();
  const term = Math.max(...cluster.servers.map((node) => cluster.termOf(node)));
  await cluster.sleep(ELECTION_MS);
  checkTerm(cluster, term, 'a server that was sent a snapshot is no reason for an election');

  cluster.crash(...cluster.servers.filter((node) => node !== behind));
  // It is awake already, and so likely to stand first.
  await cluster.sleep(200);
  cluster.restart(...cluster.servers.filter((node) => node !== behind && node !== old));
  const leader = await cluster.waitForLeader();
  cluster.restart(...cluster.servers);
  await cluster.sleep(ELECTION_MS);
  const later = cluster.termOf(leader);
  const isInTime = world.now < from + LATER_MS;
  await cluster.sleep(Math.max(0, from + LATER_MS + 100 - world.now));
  if (isInTime) cluster.reached('a snapshot of an earlier term came to a server that had a later leader');
  await cluster.sleep(ELECTION_MS);
  checkTerm(cluster, later, 'a message of an earlier term is no reason for an election');
  await cluster.agree(`after ${round}`, cluster.size, { retry: true });
}

/** Nothing has failed, so the term must still be the same. */
function checkTerm(cluster: Cluster, term: number, why: string): void {
  const ahead = cluster.servers.find((node) => cluster.termOf(node) > term);
  if (ahead === undefined) return;
  cluster.world.fail({
    kind: 'liveness',
    property: 'leader stability',
    message: `${ahead} is in term ${cluster.termOf(ahead)} after term ${term}, though ${why}. ${cluster.describe()}`,
    node: ahead,
  });
}

interface Outage {
  /** After so many ms from its next snapshot on, each server loses power. */
  readonly afterMs: readonly number[];
}

const OUTAGES = 8;
const LONGEST_MS = 25;

const snapshotCrash = defineTest<Cluster, Outage[]>({
  id: 'raft/E/snapshot-crash',
  title: 'Power fails while a snapshot is written',
  about:
    'Eight times each server crashes within 25 ms of taking a snapshot, while its disk takes 5 to 10 ms for a write. ' +
    'The snapshot and the log behind it change together: whatever a crash leaves of the writes under way, they must ' +
    'fit together, and nothing that was committed may be missing (Raft §7).',
  points: 1,
  servers: 3,
  network: reliable,
  settings,
  situations: { 'servers crashed right after they had taken snapshots': 'always' },
  plan: (draw) =>
    Array.from({ length: OUTAGES }, () => ({
      afterMs: Array.from({ length: 3 }, () => draw.integer(0, LONGEST_MS)),
    })),
  async run(cluster, outages) {
    for (const [round, { afterMs }] of outages.entries()) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      let crashed = 0;
      const victims = cluster.servers.map((node, i) => async () => {
        if (await crashAfterSnapshot(cluster, node, afterMs[i] ?? 0)) crashed++;
      });
      await cluster.together([...victims, () => keepCommanding(cluster, round)]);
      if (crashed === cluster.size) cluster.reached('servers crashed right after they had taken snapshots');
      for (const node of cluster.servers) cluster.world.useDisk(node, promptDisk());
      cluster.restart(...cluster.servers);
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

/** For the thread that commands and those that crash; by then the servers have taken a snapshot. */
const COMMANDING_MS = 3 * ELECTION_MS;

async function crashAfterSnapshot(cluster: Cluster, node: NodeId, afterMs: number): Promise<boolean> {
  const { world } = cluster;
  const snapshotIndex = (): number => world.driver(node)?.service.snapshotIndex ?? 0;
  world.useDisk(node, disk({ writeMs: [5, 10], survival: 0.5 }));
  const [before, until] = [snapshotIndex(), world.now + COMMANDING_MS];
  while (snapshotIndex() === before && world.now < until) await cluster.sleep(1);
  const isTaken = snapshotIndex() > before;
  await cluster.sleep(afterMs);
  cluster.crash(node);
  return isTaken;
}

async function keepCommanding(cluster: Cluster, round: number): Promise<void> {
  const until = cluster.world.now + COMMANDING_MS;
  while (cluster.world.now < until && cluster.connected.length > 0) {
    for (const leader of cluster.claimants()) await cluster.start(leader, `under way ${round}`);
    await cluster.sleep(4);
  }
}

export const snapshots = [lateSnapshots, oldSnapshot, undisturbed, snapshotCrash];
