import type { NodeId } from '@lockstep/api';
import { disk, promptDisk } from '@lockstep/test-harness/faults';
import type { DiskModel } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { SNAPSHOT_INTERVAL } from '../src/service.ts';
import { drawVoters, voteRounds } from '../src/vote-rounds.ts';
import { reliable } from './networks.ts';

/*
 * What was answered before it was durable. A disk that takes ten milliseconds leaves a gap between an answer and its
 * sync through which a crash fits on every seed; nothing that was not synced survives.
 */

const WRITE_MS = 10;
const slow = (): DiskModel => disk({ writeMs: [WRITE_MS, WRITE_MS], survival: 0 });

/** An answer is looked for so often: far more often than the disk syncs. */
const WATCH_MS = 0.2;
const COMMIT_MS = 2_000;

interface Pair {
  readonly leader: NodeId;
  readonly near: NodeId;
  readonly far: NodeId;
}

/** A leader with one follower in reach; the other one is cut off. */
async function leaderWithOneFollower(cluster: Cluster): Promise<Pair> {
  await cluster.agree('first', cluster.size, { retry: true });
  const leader = await cluster.checkOneLeader();
  const [near, far] = [cluster.after(leader, 1), cluster.after(leader, 2)];
  cluster.disconnect(far);
  await cluster.sleep(50);
  return { leader, near, far };
}

/**
 * Has the leader take a command and waits for the moment in which somebody has applied it; `undefined` if it leads no
 * more.
 */
async function committedAt(cluster: Cluster, leader: NodeId): Promise<number | undefined> {
  const started = await cluster.start(leader, 'precious');
  if (started === undefined) return undefined;
  const from = cluster.world.now;
  await cluster.world.until(() => cluster.appliedBy(started.index).length > 0, {
    withinMs: COMMIT_MS,
    everyMs: WATCH_MS,
    violation: () => cluster.liveness('agreement', 'a leader and one follower to commit a command', from),
  });
  return started.index;
}

/** The two that are left elect one of them and agree on something; then the third comes back. */
async function goOnWithout(cluster: Cluster, absent: NodeId, present: readonly NodeId[]): Promise<void> {
  for (const node of present) {
    cluster.world.useDisk(node, promptDisk());
    cluster.restart(node);
  }
  await cluster.agree('after the crash', 2, { retry: true });
  cluster.world.useDisk(absent, promptDisk());
  cluster.restart(absent);
  await cluster.agree('last', cluster.size, { retry: true });
}

const followerAck = defineTest<Cluster>({
  id: 'raft/E/follower-ack',
  title: 'An acknowledgement is durable',
  about:
    'A leader and one follower, whose disk is slow, commit a command; in that moment the follower crashes, and it ' +
    'and a server that knows nothing of the command are left. The command was committed, so the follower must ' +
    'have had it on disk when it acknowledged it (Raft §5.5; Figure 2: updated on stable storage before ' +
    'responding to RPCs).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a follower crashed right after its acknowledgement had committed an entry': 'always' },
  async run(cluster) {
    const { leader, near, far } = await leaderWithOneFollower(cluster);
    cluster.world.useDisk(near, slow());
    if ((await committedAt(cluster, leader)) !== undefined) {
      cluster.reached('a follower crashed right after its acknowledgement had committed an entry');
    }
    cluster.crash(near);
    cluster.disconnect(leader);
    await goOnWithout(cluster, leader, [near, far]);
  },
});

const ownEntry = defineTest<Cluster>({
  id: 'raft/E/own-entry',
  title: "A leader's own copy counts when it is durable",
  about:
    'A leader, whose disk is slow, and one follower commit a command; in that moment the leader crashes, the ' +
    'follower is cut off, and the leader and a server that knows nothing of the command are left. The leader may ' +
    'have counted itself only once the entry was on its own disk (Raft §5.3; dissertation §10.2.1). The same again ' +
    'with a command that is started while another one is being written, after which a snapshot is taken; and with ' +
    'one that is being written while another one is started.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { snapshots: true },
  situations: { 'a leader crashed right after it had committed an entry': 'always' },
  async run(cluster) {
    for (const other of ['none', 'before', 'after'] as const) {
      const { leader, near, far } = await leaderWithOneFollower(cluster);
      if (other === 'before') await upToSnapshot(cluster, leader);
      cluster.world.useDisk(leader, slow());
      if ((await committedBeside(cluster, leader, other)) !== undefined) {
        cluster.reached('a leader crashed right after it had committed an entry');
      }
      cluster.crash(leader);
      cluster.disconnect(near);
      await goOnWithout(cluster, near, [leader, far]);
    }
  },
});

/** Commits commands until the service takes a snapshot with the next one. */
async function upToSnapshot(cluster: Cluster, leader: NodeId): Promise<void> {
  for (let i = 0; i < SNAPSHOT_INTERVAL; i++) {
    const index = await committedAt(cluster, leader);
    if (index === undefined || (index + 2) % SNAPSHOT_INTERVAL === 0) return;
  }
}

/**
 * {@link committedAt}, with another command beside it: one whose write ends before the follower's answer about this one
 * is there, or one that is started while this one is being written.
 */
async function committedBeside(
  cluster: Cluster,
  leader: NodeId,
  other: 'none' | 'before' | 'after',
): Promise<number | undefined> {
  const otherOne = (): Promise<unknown> => cluster.start(leader, 'under way');
  if (other === 'before') {
    await otherOne();
    await cluster.sleep(WRITE_MS - 0.3);
  }
  let committed: number | undefined;
  const ended = cluster.world.spawn(async () => {
    committed = await committedAt(cluster, leader);
  });
  if (other === 'after') {
    await cluster.sleep(WRITE_MS / 2);
    await otherOne();
  }
  await ended;
  return committed;
}

const voteReply = defineTest<Cluster, number[]>({
  id: 'raft/E/vote-reply',
  title: 'A vote is durable before it is given',
  about:
    'Two of three servers cannot hear each other. The third, whose disk is slow, votes for one of them, and ' +
    'crashes in the moment in which that one leads. When it is back the other one asks for its vote in the same ' +
    'term: the vote that was given must be on its disk, or the term has two leaders (Raft §5.2, §5.5).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a voter crashed in the moment in which its vote had elected a leader': 'always' },
  plan: drawVoters,
  run: (cluster, voters) =>
    voteRounds(cluster, voters, {
      prepare: (voter) => cluster.world.useDisk(voter, slow()),
      restore: (voter) => cluster.world.useDisk(voter, promptDisk()),
      situation: 'a voter crashed in the moment in which its vote had elected a leader',
    }),
});

const TRUNCATION_ROUNDS = 3;

const truncation = defineTest<Cluster>({
  id: 'raft/E/truncation',
  title: 'What was overwritten stays overwritten',
  about:
    'A leader and one follower are cut off with three entries; the leader returns to a successor, which replaces ' +
    'them by one that is committed with its help, and crashes. If its disk gives the replaced entries back, it ' +
    'takes the follower, which never learned of any of this, for a good leader, and the committed entry is lost ' +
    '(Raft §5.3, §5.4.1).',
  points: 1,
  servers: 5,
  network: reliable,
  situations: {
    'an overwritten server and the one that shares its old entries were left to elect': 'always',
  },
  async run(cluster) {
    for (let round = 0; round < TRUNCATION_ROUNDS; round++) await truncationRound(cluster, round);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

async function truncationRound(cluster: Cluster, round: number): Promise<void> {
  await cluster.agree(`first ${round}`, cluster.size, { retry: true });
  const old = await cluster.checkOneLeader();
  const partner = cluster.after(old, 1);
  const others = [2, 3, 4].map((steps) => cluster.after(old, steps));
  cluster.network.partition([old, partner], others);
  for (const operation of ['x', 'y', 'z']) await cluster.start(old, `${operation} ${round}`);
  await cluster.sleep(150);
  // The partner keeps what it has; nobody hears of it until the end.
  cluster.crash(partner);
  await cluster.sleep(2 * ELECTION_MS);
  const successor = others.find((node) => cluster.world.driver(node)?.status.isLeader === true);
  const idle = others.find((node) => node !== successor);
  if (successor === undefined || idle === undefined) return healAll(cluster);

  // The successor, one of the others, and the overwritten server commit one entry.
  cluster.network.heal();
  cluster.disconnect(idle);
  await cluster.agree(`replaces x ${round}`, 3, { retry: true });
  const rest = others.filter((node) => node !== idle);
  cluster.crash(old, ...rest);
  cluster.restart(old, partner);
  cluster.connect(idle);
  cluster.reached('an overwritten server and the one that shares its old entries were left to elect');
  await cluster.agree(`goes on ${round}`, 3, { retry: true });
  healAll(cluster);
}

function healAll(cluster: Cluster): void {
  cluster.network.heal();
  cluster.restart(...cluster.servers);
}

/** Slow, and no respecter of order: of what was not confirmed in time, any part may be lost. */
const disorderly = (): DiskModel => disk({ writeMs: [5, 15], survival: 0.5, order: 'reordered' });

interface Outage {
  /** Pauses between commands, in ms: shorter than a write takes. */
  readonly pausesMs: readonly number[];
  /** Which servers crash, in the same instant. */
  readonly places: readonly number[];
}

const OUTAGES = 12;

const lostWrites = defineTest<Cluster, Outage[]>({
  id: 'raft/E/lost-writes',
  title: 'What a crash leaves of writes under way',
  about:
    'Commands come faster than the disks write, and snapshots are taken in between; then some servers, or all, lose ' +
    'power. Each write that was not confirmed is there or not, a later one perhaps without an earlier one: a ' +
    'log without a hole, and a snapshot with the log that belongs to it, must come out of that (Raft §5.5, §7).',
  points: 1,
  servers: 3,
  network: reliable,
  disk: disorderly,
  settings: { snapshots: true },
  situations: { 'servers lost power while commands were under way': 'always' },
  plan: (draw) =>
    Array.from({ length: OUTAGES }, () => ({
      pausesMs: Array.from({ length: draw.integer(3, 9) }, () => draw.integer(0, 6)),
      places: draw.sample([0, 1, 2], draw.integer(1, 3)),
    })),
  async run(cluster, outages) {
    for (const [round, { pausesMs, places }] of outages.entries()) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      for (const pauseMs of pausesMs) {
        await cluster.startEverywhere(`under way ${round}`);
        await cluster.sleep(pauseMs);
      }
      cluster.crash(...places.map((place) => cluster.at(place)));
      cluster.reached('servers lost power while commands were under way');
      cluster.restart(...cluster.servers);
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

export const durability = [followerAck, ownEntry, voteReply, truncation, lostWrites];
