import type { NodeId } from '@lockstep/api';
import { compose, disk, promptDisk, uniformDelay } from '@lockstep/test-harness/faults';
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

const LATE_ROUNDS = 12;
const CAMPAIGNING_MS = 3000;
/** Most election timeouts are shorter, or not much longer. */
const LATE_MIN_MS = 400;
const LATE_MAX_MS = 580;

const lateVotes = defineTest<Cluster, number[]>({
  id: 'raft/E/late-votes',
  title: 'Votes of an earlier term elect nobody',
  about:
    'Two of three servers cannot hear each other, and the third answers one of them so late that it has often begun ' +
    'another term before its vote comes. A vote is for the term in which it was asked for; counted in a later one, ' +
    'in which the voter has perhaps voted for the other server, it makes two leaders (Raft §5.2).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'two servers that could not hear each other campaigned for a late vote': 'always' },
  plan: (draw) => Array.from({ length: LATE_ROUNDS }, () => draw.integer(LATE_MIN_MS, LATE_MAX_MS)),
  async run(cluster, delaysMs) {
    for (const [round, delayMs] of delaysMs.entries()) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      const voter = cluster.at(round);
      const [one, other] = [cluster.after(voter, 1), cluster.after(voter, 2)];
      cluster.crash(...cluster.servers);
      cluster.network.block(one, other);
      cluster.network.block(other, one);
      cluster.network.use(lateReplies(delayMs, { by: voter, to: one }));
      cluster.restart(...cluster.servers);
      await cluster.sleep(CAMPAIGNING_MS);
      cluster.reached('two servers that could not hear each other campaigned for a late vote');
      cluster.network.heal();
      cluster.network.use(reliable());
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

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

export const votes = [ownVote, lateVotes, rivals];
