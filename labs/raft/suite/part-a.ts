import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

const initialElection = defineTest<Cluster>({
  id: 'raft/A/initial-election',
  title: 'Initial election',
  about:
    'Three servers start; one of them is elected, calls onLeader, and all agree on its term. As nothing fails, ' +
    'its heartbeats keep every other server from standing for election: two seconds later it still leads the ' +
    'same term (Raft §5.2).',
  points: 4,
  servers: 3,
  course: ['TestInitialElection2A', 'TestInitialElection3A'],
  network: reliable,
  situations: { 'a leader kept its term while nothing failed': 'always' },
  async run(cluster) {
    await cluster.checkOneLeader();
    await cluster.sleep(50);
    const term = await cluster.checkTerms();
    if (term < 1) {
      cluster.world.fail({
        kind: 'safety',
        property: 'term monotonicity',
        message: `A leader was elected, and the servers are in term ${term}: a candidate increments its term first.`,
      });
    }
    // Whoever led at the first look may have lost to a candidate of the same moment; by now it is settled.
    const leader = await cluster.checkOneLeader();
    const settled = await cluster.checkTerms();
    cluster.checkOnLeaderCalled(leader);
    await cluster.sleep(2 * ELECTION_MS);
    const later = await cluster.checkTerms();
    const successor = await cluster.checkOneLeader();
    if (later !== settled || successor !== leader) {
      cluster.world.fail({
        kind: 'liveness',
        property: 'leader stability',
        message:
          `${leader} led term ${settled}; two seconds later ${successor} leads term ${later}, though nothing had ` +
          'failed. Heartbeats have to come often enough to keep followers from standing for election.',
      });
    }
    cluster.reached('a leader kept its term while nothing failed');
  },
});

const reElection = defineTest<Cluster>({
  id: 'raft/A/re-election',
  title: 'Election after network failure',
  about:
    'The leader is cut off and the others elect another one; when the old leader returns, it follows. With two ' +
    'of three servers cut off nobody may be elected, and as soon as a majority is back somebody must (Raft §5.2).',
  points: 5,
  servers: 3,
  course: ['TestReElection2A', 'TestReElection3A'],
  network: reliable,
  situations: {
    'an old leader returned to a newer one': 'always',
    'a server was left without a majority': 'always',
  },
  async run(cluster) {
    const first = await cluster.checkOneLeader();
    const firstTerm = cluster.termOf(first);
    cluster.disconnect(first);
    const second = await cluster.checkOneLeader();
    cluster.checkOnLeaderCalled(second);
    if (cluster.termOf(second) > firstTerm) cluster.reached('an old leader returned to a newer one');

    // Back again, the old leader learns of the later term and follows; that disturbs nobody for long.
    cluster.connect(first);
    const leader = await cluster.checkOneLeader();
    await cluster.checkTerms();

    const next = cluster.after(leader, 1);
    cluster.disconnect(leader, next);
    await cluster.sleep(2 * ELECTION_MS);
    cluster.checkNoLeader();
    cluster.reached('a server was left without a majority');

    cluster.connect(next);
    await cluster.checkOneLeader();
    cluster.connect(leader);
    await cluster.checkOneLeader();
  },
});

const ROUNDS = 9;

interface Rounds {
  /** For each round, which servers are cut off: places counted from the leader, some perhaps twice. */
  readonly cut: readonly (readonly number[])[];
}

const manyElections = defineTest<Cluster, Rounds>({
  id: 'raft/A/many-elections',
  title: 'Many elections',
  about:
    'Nine times, up to three of seven servers are cut off, in the first round the leader among them: the others ' +
    'are a majority and must have a leader each time, whoever voted for whom before. Then all are connected ' +
    'again (Raft §5.2; randomized timeouts keep split votes rare).',
  points: 5,
  servers: 7,
  course: ['TestManyElections2A', 'TestManyElections3A'],
  network: reliable,
  situations: { 'a leader was cut off and replaced': 'always' },
  plan(draw) {
    const any = (): number => draw.integer(0, 6);
    return { cut: Array.from({ length: ROUNDS }, (_, round) => [round === 0 ? 0 : any(), any(), any()]) };
  },
  async run(cluster, { cut }) {
    let leader = await cluster.checkOneLeader();
    for (const places of cut) {
      const victims = places.map((place) => cluster.after(leader, place));
      cluster.disconnect(...victims);
      const successor = await cluster.checkOneLeader();
      if (victims.includes(leader)) cluster.reached('a leader was cut off and replaced');
      cluster.connect(...victims);
      // The one just elected, or a server that returns with a later term and wins.
      leader = successor;
    }
    await cluster.checkOneLeader();
  },
});

export const partA = definePart<Cluster>({
  id: 'A',
  title: 'Leader election',
  tests: [initialElection, reElection, manyElections],
});
