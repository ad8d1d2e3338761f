import type { NodeId } from '@lockstep/api';
import { compose, disk, duplication, promptDisk, uniformDelay } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { lateReplies, reliable } from './networks.ts';

/** Long enough for any implementation to have written a command to its own disk. */
const WRITTEN_MS = 200;

const OWN_VOTE_ROUNDS = 3;

const ownVote = defineTest<Cluster>({
  id: 'raft/E/own-vote',
  title: "A candidate's own vote is durable before it asks for others",
  about:
    'One server has an entry that the others lack, so it alone can be elected; its disk is slow, and it crashes in ' +
    'the moment in which it leads. When it is back, it has forgotten nothing of the term that it has led: its ' +
    'candidacy, and its vote for itself, were on disk before anybody heard of them (Raft §5.2, Figure 2: persistent ' +
    'state).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a candidate crashed in the moment in which it was elected': 'always' },
  async run(cluster) {
    for (let round = 0; round < OWN_VOTE_ROUNDS; round++) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      const longest = await withLongestLog(cluster, `alone ${round}`);
      if (longest !== undefined) await electAndCrash(cluster, longest);
      cluster.network.heal();
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

/** A leader that has taken a command alone, and was cut off until all servers have crashed. */
async function withLongestLog(cluster: Cluster, operation: string): Promise<NodeId | undefined> {
  const leader = await cluster.checkOneLeader();
  cluster.disconnect(leader);
  const started = await cluster.start(leader, operation);
  await cluster.sleep(WRITTEN_MS);
  cluster.crash(...cluster.servers);
  return started === undefined ? undefined : leader;
}

async function electAndCrash(cluster: Cluster, candidate: NodeId): Promise<void> {
  const { world, network } = cluster;
  const [one, other] = [cluster.after(candidate, 1), cluster.after(candidate, 2)];
  // These two would elect each other.
  network.block(one, other);
  network.block(other, one);
  world.useDisk(candidate, disk({ writeMs: [10, 10], survival: 0 }));
  cluster.restart(...cluster.servers);
  const leader = await cluster.waitForLeader();
  if (leader === candidate) cluster.reached('a candidate crashed in the moment in which it was elected');
  cluster.crash(candidate);
  world.useDisk(candidate, promptDisk());
  cluster.restart(candidate);
  await cluster.sleep(ELECTION_MS);
}

/**
 * How late votes come, in ms: later than a candidate's first election timeout, and before its second is over. Most
 * implementations draw timeouts from 150 to 600 ms; some take twice as long, and wait a second for an answer.
 */
const LATE_MS: readonly (readonly [least: number, most: number])[] = [
  ...Array.from({ length: 8 }, () => [350, 590] as const),
  ...Array.from({ length: 4 }, () => [590, 950] as const),
];
/** A candidate that is alone is to begin its term, and to be answered, within this time. */
const VOTED_MS = 2 * ELECTION_MS;

const lateVotes = defineTest<Cluster, number[]>({
  id: 'raft/E/late-votes',
  title: 'Votes of an earlier term elect nobody',
  about:
    'A candidate is given the votes of both others, but hears of them so late that it has often begun another term. ' +
    'Meanwhile it cannot be heard, and the others elect one of themselves, often in that very term. A vote is for ' +
    'the term in which it was asked for; counted in a later one, it makes two leaders (Raft §5.2).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'the voters elected one of themselves while their votes were under way': 'always' },
  plan: (draw) => LATE_MS.map(([least, most]) => draw.integer(least, most)),
  async run(cluster, delaysMs) {
    for (const [round, delayMs] of delaysMs.entries()) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      await electBesideLateVotes(cluster, cluster.at(round), delayMs);
      cluster.network.heal();
      cluster.network.use(reliable());
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

async function electBesideLateVotes(cluster: Cluster, candidate: NodeId, delayMs: number): Promise<void> {
  const voters = cluster.servers.filter((node) => node !== candidate);
  const before = cluster.termOf(candidate);
  cluster.crash(...cluster.servers);
  cluster.network.use(lateReplies(delayMs, { to: candidate }));
  cluster.restart(candidate);
  const hasBegun = (): boolean => cluster.termOf(candidate) > before;
  // One that asks before it enters a term begins none while it is alone; it then has voters a little later.
  await waitShortly(cluster, hasBegun, VOTED_MS);
  cluster.restart(...voters);
  await waitShortly(
    cluster,
    () => hasBegun() && voters.every((node) => isInTermOf(cluster, node, candidate)),
    VOTED_MS,
  );
  for (const voter of voters) cluster.network.block(candidate, voter);
  const from = cluster.world.now;
  await cluster.world.until(() => cluster.claimants().some((node) => voters.includes(node)), {
    withinMs: 5 * ELECTION_MS,
    violation: () => cluster.liveness('leader election', `one of ${voters.join(', ')} to lead`, from),
  });
  cluster.reached('the voters elected one of themselves while their votes were under way');
  await cluster.sleep(delayMs);
}

function isInTermOf(cluster: Cluster, node: NodeId, other: NodeId): boolean {
  return cluster.termOf(node) >= cluster.termOf(other);
}

/** Waits until `condition` holds, but no longer than that: nobody has promised it. */
async function waitShortly(cluster: Cluster, condition: () => boolean, withinMs: number): Promise<void> {
  const deadline = cluster.world.now + withinMs;
  while (!condition() && cluster.world.now < deadline) await cluster.sleep(1);
}

/**
 * A message takes so long that servers time out before they hear of the first candidate, and far less than any election
 * timeout that leaves room for heartbeats.
 */
const distant = (): NetworkModel => compose(reliable(), uniformDelay(25, 25));

const RIVAL_ROUNDS = 12;
/** A rival that has lost and does not give up begins another term within its election timeout. */
const STABLE_MS = ELECTION_MS;

const rivals = defineTest<Cluster>({
  id: 'raft/E/rival-candidates',
  title: 'A candidate that has lost follows',
  about:
    'Twelve times all servers restart on a network on which a message takes 25 ms, so that often two stand in the ' +
    'same term. Whoever loses hears from the leader of its own term, and has to follow it; a candidate that goes on ' +
    'brings the leader down (Raft §5.2). Voters, too, leave the new leader its time (Figure 2, followers).',
  points: 1,
  servers: 5,
  network: distant,
  situations: { 'a leader was elected, and nothing disturbed it': 'always' },
  async run(cluster) {
    for (let round = 0; round < RIVAL_ROUNDS; round++) {
      cluster.crash(...cluster.servers);
      cluster.restart(...cluster.servers);
      const leader = await cluster.waitForLeader();
      const term = cluster.termOf(leader);
      const from = cluster.world.now;
      await cluster.sleep(STABLE_MS);
      const ahead = cluster.servers.find((node) => cluster.termOf(node) > term);
      if (ahead !== undefined) {
        const awaited = `${leader} to lead term ${term} undisturbed, but ${ahead} began term ${cluster.termOf(ahead)}`;
        cluster.notLive('leader stability', awaited, from);
      }
    }
    cluster.reached('a leader was elected, and nothing disturbed it');
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

const COPY_MS = 60;
const COPY_ROUNDS = 5;
/** Clocks of the one that is to stand, and of the one that is to vote. */
const [HASTY, PATIENT] = [1.6, 0.2];

const copiedRequests = defineTest<Cluster>({
  id: 'raft/E/copied-requests',
  title: 'A request for a vote comes twice, and its first answer is lost',
  about:
    'Of three servers one is down. The second asks the third for its vote; the answer is lost, and then a copy of ' +
    'the request comes. Whoever has voted for a candidate in this term gives it the same answer again (Raft §5.2, ' +
    'Figure 2: votedFor is null or candidateId); one such answer in five rounds is enough here.',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a second answer elected a candidate that had not heard the first': 'always' },
  async run(cluster) {
    const from = cluster.world.now;
    let won = 0;
    for (let round = 0; round < COPY_ROUNDS; round++) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      if (await wonByItsCopy(cluster, cluster.at(round), cluster.at(round + 1))) won++;
      for (const node of cluster.servers) cluster.world.bendClock(node, { rate: 1 });
      cluster.network.heal();
      cluster.network.use(reliable());
      cluster.restart(...cluster.servers);
    }
    const awaited = 'a candidate to be elected by the second answer to its request, where the first was lost';
    if (won === 0) cluster.notLive('leader election', awaited, from);
    cluster.reached('a second answer elected a candidate that had not heard the first');
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

/** Whether the candidate comes to lead the term in which its voter's first answer was lost. */
async function wonByItsCopy(cluster: Cluster, candidate: NodeId, voter: NodeId): Promise<boolean> {
  const before = cluster.termOf(candidate);
  cluster.crash(...cluster.servers);
  cluster.network.use(compose(reliable(), duplication(1, COPY_MS)));
  cluster.network.block(voter, candidate);
  cluster.world.bendClock(candidate, { rate: HASTY });
  cluster.world.bendClock(voter, { rate: PATIENT });
  cluster.restart(candidate, voter);
  const hasBegun = (): boolean => cluster.termOf(candidate) > before;
  await waitShortly(cluster, () => hasBegun() && isInTermOf(cluster, voter, candidate), VOTED_MS);
  // By now, or in a moment, the first answer has come to nothing.
  await cluster.sleep(2);
  // Whoever asks whether it would be elected before it begins a term has begun none yet.
  const term = Math.max(cluster.termOf(candidate), before + 1);
  cluster.network.unblock(voter, candidate);
  const leads = (): boolean => cluster.claimants().includes(candidate);
  await waitShortly(cluster, () => leads() || cluster.termOf(candidate) > term, VOTED_MS);
  return leads() && cluster.termOf(candidate) === term;
}

export const votes = [ownVote, lateVotes, copiedRequests, rivals];
