import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster, Start } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

const basicAgree = defineTest<Cluster>({
  id: 'raft/B/basic-agree',
  title: 'Basic agreement',
  about:
    'Three commands, one after the other, are applied by all three servers, at the indexes 1, 2 and 3: a log ' +
    'begins at index 1, and a leader adds no entries of its own (Raft §5.3).',
  points: 1,
  servers: 3,
  course: ['TestBasicAgree2B', 'TestBasicAgree3B'],
  network: reliable,
  situations: { 'three commands were agreed on': 'always' },
  async run(cluster) {
    // That nothing is applied before it was proposed, the validity judge sees to.
    for (let expected = 1; expected <= 3; expected++) {
      const index = await cluster.agree(`${expected * 100}`, cluster.size, { retry: false });
      if (index === expected) continue;
      cluster.world.fail({
        kind: 'safety',
        property: 'log indexes',
        message:
          `Command number ${expected} was put at index ${index}. The first entry of a log has index 1, and Raft ` +
          'adds no entries of its own (leave a no-op to the service, which onLeader tells of the new term).',
      });
    }
    cluster.reached('three commands were agreed on');
  },
});

const failAgree = defineTest<Cluster>({
  id: 'raft/B/fail-agree',
  title: 'Agreement after a follower reconnects',
  about:
    'One of three servers is cut off; the other two go on to agree. When it is back, all three agree on new ' +
    'commands, which means that it has caught up on what it missed (Raft §5.3).',
  points: 2,
  servers: 3,
  course: ['TestFailAgree2B', 'TestFailAgree3B'],
  network: reliable,
  situations: { 'a follower missed entries and caught up': 'always' },
  async run(cluster) {
    await cluster.agree('101', cluster.size, { retry: false });
    const leader = await cluster.checkOneLeader();
    const follower = cluster.after(leader, 1);
    cluster.disconnect(follower);

    await cluster.agree('102', cluster.size - 1, { retry: false });
    await cluster.agree('103', cluster.size - 1, { retry: false });
    await cluster.sleep(ELECTION_MS);
    await cluster.agree('104', cluster.size - 1, { retry: false });
    const missed = await cluster.agree('105', cluster.size - 1, { retry: false });
    const isBehind = !cluster.appliedBy(missed).includes(follower);

    // The follower may return with a later term and depose the leader, so these may need a second attempt.
    cluster.connect(follower);
    await cluster.agree('106', cluster.size, { retry: true });
    await cluster.sleep(ELECTION_MS);
    await cluster.agree('107', cluster.size, { retry: true });
    if (isBehind) cluster.reached('a follower missed entries and caught up');
  },
});

const CONCURRENT_STARTS = 5;
const TRIES = 5;
const BETWEEN_TRIES_MS = 3000;

const concurrentStarts = defineTest<Cluster>({
  id: 'raft/B/concurrent-starts',
  title: 'Concurrent starts',
  about:
    'A leader takes five commands at the same moment. Unless it is deposed meanwhile, each of them is applied by ' +
    'all three servers at the index that start() answered (Raft §5.3).',
  points: 2,
  servers: 3,
  course: ['TestConcurrentStarts2B', 'TestConcurrentStarts3B'],
  network: reliable,
  situations: { 'commands were started side by side in one term': 'always' },
  async run(cluster) {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await cluster.sleep(BETWEEN_TRIES_MS);
      if (await startSideBySide(cluster)) {
        cluster.reached('commands were started side by side in one term');
        return;
      }
    }
    cluster.notLive(
      'leader stability',
      'a leader that stays in its term while five commands are agreed on',
      0,
    );
  },
});

/** False when the term changed meanwhile: then commands may be lost. */
async function startSideBySide(cluster: Cluster): Promise<boolean> {
  const leader = await cluster.checkOneLeader();
  const first = await cluster.start(leader, '1');
  if (first === undefined) return false;
  const starts: Start[] = [];
  await cluster.together(
    Array.from({ length: CONCURRENT_STARTS }, (_, i) => async () => {
      const accepted = await cluster.start(leader, `${100 + i}`);
      if (accepted?.term === first.term) starts.push(accepted);
    }),
  );
  if (starts.length < CONCURRENT_STARTS) return false;
  for (const { index, command } of starts) {
    const applied = await cluster.waitFor(index, cluster.size, first.term);
    // Only a leader of another term can have put another command there.
    if (applied !== command) return false;
  }
  return true;
}

const backup = defineTest<Cluster>({
  id: 'raft/B/backup',
  title: 'A leader backs up quickly over wrong logs',
  about:
    'Twice, a leader with one follower takes fifty commands that can never be committed, while the rest of five ' +
    'servers goes on, or stands still. Whoever leads in the end must find quickly where the logs part, for each ' +
    'agreement has ten seconds: going back one entry at each heartbeat is too slow (Raft §5.3, end).',
  points: 4,
  servers: 5,
  course: ['TestBackup2B', 'TestBackup3B'],
  network: reliable,
  situations: { 'a leader met a follower with fifty wrong entries': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });

    const leader = await cluster.checkOneLeader();
    const trio = [cluster.after(leader, 2), cluster.after(leader, 3), cluster.after(leader, 4)];
    cluster.disconnect(...trio);
    const lost = await startMany(cluster, leader, 'never committed');
    await cluster.sleep(ELECTION_MS / 2);

    // Now the other side: three servers that know nothing of those fifty commit fifty of their own.
    cluster.disconnect(leader, cluster.after(leader, 1));
    cluster.connect(...trio);
    await agreeMany(cluster, 3);

    const second = await cluster.checkOneLeader();
    const spare = cluster.after(leader, 2) === second ? cluster.after(second, 1) : cluster.after(leader, 2);
    cluster.disconnect(spare);
    const lostToo = await startMany(cluster, second, 'never committed either');
    await cluster.sleep(ELECTION_MS / 2);

    // The first leader and its follower, with fifty wrong entries, meet the one server that has the right ones.
    cluster.disconnect(...cluster.servers);
    cluster.connect(leader, cluster.after(leader, 1), spare);
    await agreeMany(cluster, 3);
    if (lost === WRONG_ENTRIES && lostToo === WRONG_ENTRIES) {
      cluster.reached('a leader met a follower with fifty wrong entries');
    }

    cluster.connect(...cluster.servers);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

const WRONG_ENTRIES = 50;

/** Starts fifty commands at a server; gives how many it accepted. */
async function startMany(cluster: Cluster, leader: string, operation: string): Promise<number> {
  let accepted = 0;
  for (let i = 0; i < WRONG_ENTRIES; i++) {
    if ((await cluster.start(leader, `${operation} ${i}`)) !== undefined) accepted++;
  }
  return accepted;
}

async function agreeMany(cluster: Cluster, expected: number): Promise<void> {
  for (let i = 0; i < WRONG_ENTRIES; i++) await cluster.agree(`${i}`, expected, { retry: true });
}

export const agreement = [basicAgree, failAgree, concurrentStarts, backup];
