import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { drawVoters, voteRounds } from '../src/vote-rounds.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable, unreliable } from './networks.ts';

const persist1 = defineTest<Cluster>({
  id: 'raft/C/persist-1',
  title: 'Basic persistence',
  about:
    'All servers crash and restart, then the leader, then a follower; between the crashes commands are agreed on. ' +
    'What was committed must come back from disk each time, and the servers go on behind it (Raft §5.2, Figure 2: ' +
    'persistent state).',
  points: 2,
  servers: 3,
  course: ['TestPersist12C', 'TestPersist13C'],
  network: reliable,
  situations: { 'committed entries survived a crash of all servers': 'always' },
  async run(cluster) {
    const first = await cluster.agree('11', cluster.size, { retry: true });
    cluster.crash(...cluster.servers);
    cluster.restart(...cluster.servers);
    const second = await cluster.agree('12', cluster.size, { retry: true });
    if (second > first) cluster.reached('committed entries survived a crash of all servers');

    const leader = await cluster.checkOneLeader();
    cluster.crash(leader);
    cluster.restart(leader);
    await cluster.agree('13', cluster.size, { retry: true });

    const next = await cluster.checkOneLeader();
    cluster.crash(next);
    const missed = await cluster.agree('14', cluster.size - 1, { retry: true });
    cluster.restart(next);
    await cluster.waitFor(missed, cluster.size);

    const follower = cluster.after(await cluster.checkOneLeader(), 1);
    cluster.crash(follower);
    await cluster.agree('15', cluster.size - 1, { retry: true });
    cluster.restart(follower);
    await cluster.agree('16', cluster.size, { retry: true });
  },
});

const PERSIST_ROUNDS = 5;

const persist2 = defineTest<Cluster>({
  id: 'raft/C/persist-2',
  title: 'More persistence',
  about:
    'Five times, two of five servers crash, the other three commit and crash too; then the first two restart, and ' +
    'one of the three. Their logs differ, and the majority that meets must go on from the committed one: only ' +
    'the server that has it may win (Raft §5.4.1).',
  points: 2,
  servers: 5,
  course: ['TestPersist22C', 'TestPersist23C'],
  network: reliable,
  situations: { 'two servers that had missed an entry restarted before one that has it': 'always' },
  async run(cluster) {
    for (let round = 1; round <= PERSIST_ROUNDS; round++) {
      await cluster.agree(`${10 * round}`, cluster.size, { retry: true });
      const leader = await cluster.checkOneLeader();
      const [a, b, c, d] = [1, 2, 3, 4].map((steps) => cluster.after(leader, steps));
      if (a === undefined || b === undefined || c === undefined || d === undefined) return;

      cluster.crash(a, b);
      const missed = await cluster.agree(`${10 * round + 1}`, 3, { retry: true });
      const hadMissed = !cluster.appliedBy(missed).some((node) => node === a || node === b);
      cluster.crash(leader, c, d);
      cluster.restart(a, b);
      await cluster.sleep(ELECTION_MS);
      cluster.restart(c);
      const next = await cluster.agree(`${10 * round + 2}`, 3, { retry: true });
      if (hadMissed && next > missed) {
        cluster.reached('two servers that had missed an entry restarted before one that has it');
      }
      cluster.restart(d, leader);
    }
    await cluster.agree('1000', cluster.size, { retry: true });
  },
});

const persist3 = defineTest<Cluster>({
  id: 'raft/C/persist-3',
  title: 'Leader and follower crash while the third is cut off',
  about:
    'A command is committed by the leader and one follower while the third server is cut off; both crash, and the ' +
    'leader restarts together with the third. That majority must keep the command, which only the leader’s disk ' +
    'holds (Raft §5.4).',
  points: 2,
  servers: 3,
  course: ['TestPersist32C', 'TestPersist33C'],
  network: reliable,
  situations: { 'a committed entry was left on one disk of the majority': 'always' },
  async run(cluster) {
    await cluster.agree('101', cluster.size, { retry: true });
    const leader = await cluster.checkOneLeader();
    const follower = cluster.after(leader, 1);
    const stranger = cluster.after(leader, 2);
    cluster.disconnect(stranger);
    const committed = await cluster.agree('102', 2, { retry: true });
    if (!cluster.appliedBy(committed).includes(stranger)) {
      cluster.reached('a committed entry was left on one disk of the majority');
    }

    cluster.crash(leader, follower);
    cluster.connect(stranger);
    cluster.restart(leader);
    await cluster.agree('103', 2, { retry: true });
    cluster.restart(follower);
    await cluster.agree('104', cluster.size, { retry: true });
  },
});

const persistVote = defineTest<Cluster, number[]>({
  id: 'raft/C/persist-vote',
  title: 'A vote outlives a crash',
  about:
    'All servers restart, and two of the three cannot hear each other. The third votes for one of them, crashes at ' +
    'once and restarts; the other one, which knows of nothing, stands for election in the same term and asks for ' +
    'that vote too. If it gets it, the term has two leaders (Raft §5.2; Figure 2: votedFor is persistent state).',
  points: 3,
  servers: 3,
  network: reliable,
  situations: { 'a voter crashed and restarted in the term of its vote': 'always' },
  plan: drawVoters,
  run: (cluster, voters) =>
    voteRounds(cluster, voters, { situation: 'a voter crashed and restarted in the term of its vote' }),
});

const UNRELIABLE_ROUNDS = 49;
const SIDE_BY_SIDE = 4;

const unreliableAgree = defineTest<Cluster>({
  id: 'raft/C/unreliable-agree',
  title: 'Agreement over an unreliable network',
  about:
    'A tenth of all requests and of all replies is lost, the rest comes late and out of order. Nearly 250 commands, ' +
    'up to five at a time, are agreed on all the same; at the end all five servers agree on the last one (Raft §5.3, ' +
    '§5.5: requests are repeated, and must bear it).',
  points: 2,
  servers: 5,
  course: ['TestUnreliableAgree2C', 'TestUnreliableAgree3C'],
  network: unreliable,
  situations: { 'all agreements were reached on a network that loses messages': 'always' },
  async run(cluster) {
    const started: Promise<void>[] = [];
    for (let round = 1; round <= UNRELIABLE_ROUNDS; round++) {
      const one = (i: number) => async (): Promise<void> => {
        await cluster.agree(`${100 * round + i}`, 1, { retry: true });
      };
      const bodies = Array.from({ length: SIDE_BY_SIDE }, (_, i) => one(i));
      started.push(cluster.together(bodies));
      await cluster.agree(`${round}`, 1, { retry: true });
    }
    await Promise.all(started);
    cluster.reached('all agreements were reached on a network that loses messages');
    cluster.network.use(reliable());
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

export const persistence = [persist1, persist2, persist3, persistVote, unreliableAgree];
