import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

const followerFailure = defineTest<Cluster>({
  id: 'raft/B/follower-failure',
  title: 'Progressive failure of followers',
  about:
    'With one of two followers cut off, a leader still commits; with both cut off, it accepts a command and must ' +
    'not commit it, for an entry is committed once a majority has stored it (Raft §5.3).',
  points: 2,
  servers: 3,
  course: ['TestFollowerFailure2B', 'TestFollowerFailure3B'],
  network: reliable,
  situations: { 'a leader without followers took a command': 'always' },
  async run(cluster) {
    await cluster.agree('101', cluster.size, { retry: false });
    const first = await cluster.checkOneLeader();
    cluster.disconnect(cluster.after(first, 1));
    await cluster.agree('102', cluster.size - 1, { retry: false });
    await cluster.sleep(ELECTION_MS);
    const last = await cluster.agree('103', cluster.size - 1, { retry: false });

    const leader = await cluster.checkOneLeader();
    cluster.disconnect(cluster.after(leader, 1), cluster.after(leader, 2));
    const lonely = await cluster.start(leader, '104');
    if (lonely === undefined) {
      return cluster.notLive(
        'leader stability',
        `${leader}, which had not noticed yet, to accept a command`,
        cluster.world.now,
      );
    }
    cluster.checkNextIndex(lonely, last + 1);
    cluster.reached('a leader without followers took a command');
    await cluster.sleep(2 * ELECTION_MS);
    cluster.checkNotCommitted(lonely.index);
  },
});

const leaderFailure = defineTest<Cluster>({
  id: 'raft/B/leader-failure',
  title: 'Failure of leaders',
  about:
    'The leader is cut off and the two others go on; then the second leader is cut off too, and whatever start() ' +
    'says on any of the three, nothing may be committed any more (Raft §5.3, §5.4).',
  points: 2,
  servers: 3,
  course: ['TestLeaderFailure2B', 'TestLeaderFailure3B'],
  network: reliable,
  situations: { 'cut off leaders were given a command': 'always' },
  async run(cluster) {
    await cluster.agree('101', cluster.size, { retry: false });
    const first = await cluster.checkOneLeader();
    cluster.disconnect(first);
    await cluster.agree('102', cluster.size - 1, { retry: false });
    await cluster.sleep(ELECTION_MS);
    const last = await cluster.agree('103', cluster.size - 1, { retry: false });

    cluster.disconnect(await cluster.checkOneLeader());
    await cluster.startEverywhere('104');
    cluster.reached('cut off leaders were given a command');
    await cluster.sleep(2 * ELECTION_MS);
    cluster.checkNotCommitted(last + 1);
  },
});

const failNoAgree = defineTest<Cluster>({
  id: 'raft/B/fail-no-agree',
  title: 'No agreement without a majority',
  about:
    'Three of four followers are cut off: what the leader accepts now must not be committed. When they are back, ' +
    'the next command goes right behind it or in its place, and all five agree again (Raft §5.3).',
  points: 2,
  servers: 5,
  course: ['TestFailNoAgree2B', 'TestFailNoAgree3B'],
  network: reliable,
  situations: { 'a leader in a minority took a command': 'always' },
  async run(cluster) {
    const first = await cluster.agree('10', cluster.size, { retry: false });
    const leader = await cluster.checkOneLeader();
    const followers = [1, 2, 3].map((steps) => cluster.after(leader, steps));
    cluster.disconnect(...followers);
    const stuck = await cluster.start(leader, '20');
    if (stuck === undefined) {
      return cluster.notLive(
        'leader stability',
        `${leader}, which had not noticed yet, to accept a command`,
        cluster.world.now,
      );
    }
    cluster.checkNextIndex(stuck, first + 1);
    cluster.reached('a leader in a minority took a command');
    await cluster.sleep(2 * ELECTION_MS);
    cluster.checkNotCommitted(stuck.index);

    // A leader from among the returned three does not know the stuck entry and takes its place.
    cluster.connect(...followers);
    const next = await cluster.startAtLeader('30');
    cluster.checkNextIndex(next, stuck.index, stuck.index + 1);
    await cluster.agree('1000', cluster.size, { retry: true });
  },
});

const rejoin = defineTest<Cluster>({
  id: 'raft/B/rejoin',
  title: 'Return of a partitioned leader',
  about:
    'A leader that is cut off takes three commands that nobody else sees, while the others elect another one and ' +
    'commit. When it returns, its entries conflict with the log of the new leader and have to go (Raft §5.3).',
  points: 3,
  servers: 3,
  course: ['TestRejoin2B', 'TestRejoin3B'],
  network: reliable,
  situations: { 'an old leader returned with entries that conflict': 'always' },
  async run(cluster) {
    await cluster.agree('101', cluster.size, { retry: true });
    const first = await cluster.checkOneLeader();
    cluster.disconnect(first);
    const lost = [];
    for (const operation of ['102', '103', '104']) lost.push(await cluster.start(first, operation));

    const committed = await cluster.agree('103', 2, { retry: true });
    const second = await cluster.checkOneLeader();
    cluster.disconnect(second);

    // The old leader and the server that follows the second one: only the latter can win, for its log is newer.
    cluster.connect(first);
    await cluster.agree('104', 2, { retry: true });
    if (lost.some((start) => start?.index === committed)) {
      cluster.reached('an old leader returned with entries that conflict');
    }
    cluster.connect(second);
    await cluster.agree('105', cluster.size, { retry: true });
  },
});

export const partitions = [followerFailure, leaderFailure, failNoAgree, rejoin];
