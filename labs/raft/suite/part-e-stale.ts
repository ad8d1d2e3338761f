import type { NodeId } from '@lockstep/api';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster, Start } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { lateReplies, reliable } from './networks.ts';

/** Others can't reach `node`, which can reach them. */
function deafen(cluster: Cluster, node: NodeId): void {
  for (const other of cluster.servers) if (other !== node) cluster.network.block(other, node);
}

/** Waits until one of `nodes` leads a later term than `term`. */
function waitForSuccessor(cluster: Cluster, nodes: readonly NodeId[], term: number): Promise<NodeId> {
  const from = cluster.world.now;
  return cluster.world.until(
    () => cluster.claimants().find((node) => nodes.includes(node) && cluster.termOf(node) > term),
    {
      withinMs: 5 * ELECTION_MS,
      violation: () => cluster.liveness('leader election', `one of ${nodes.join(', ')} to lead`, from),
    },
  );
}

const deafCandidate = defineTest<Cluster>({
  id: 'raft/E/deaf-candidate',
  title: 'A candidate that nobody can elect',
  about:
    'A server that has missed entries can be heard, but hears nothing, and asks for votes again and again. Nobody ' +
    'may give it one; and as only a vote that is given puts off an election, the four others must still elect a ' +
    'leader when theirs is gone, and agree (Raft §5.2, §5.4.1).',
  points: 1,
  servers: 5,
  network: reliable,
  situations: { 'an outdated server campaigned while the others elected a leader': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    const deaf = cluster.after(await cluster.checkOneLeader(), 1);
    cluster.disconnect(deaf);
    await cluster.agree('missed', cluster.size - 1, { retry: true });
    // It boots without knowing of any leader, and campaigns as soon as it may.
    cluster.crash(...cluster.servers);
    deafen(cluster, deaf);
    cluster.restart(...cluster.servers);
    for (let round = 0; round < 3; round++) {
      const leader = await electedAmong(cluster, deaf);
      cluster.crash(leader);
      await electedAmong(cluster, deaf);
      cluster.restart(leader);
    }
    cluster.reached('an outdated server campaigned while the others elected a leader');
    await cluster.agree('disturbed', cluster.size - 1, { retry: true });
    cluster.network.heal();
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

function electedAmong(cluster: Cluster, deaf: NodeId): Promise<NodeId> {
  const others = cluster.servers.filter((node) => node !== deaf);
  return waitForSuccessor(cluster, others, Math.max(...others.map((node) => cluster.termOf(node))) - 1);
}

const staleLeader = defineTest<Cluster>({
  id: 'raft/E/stale-leader',
  title: 'A deposed leader that goes on talking',
  about:
    'A leader is cut off, the others elect another one; then the old one can be heard again, but hears nothing. Its ' +
    'heartbeats are of an earlier term, and must not keep the others from electing a leader when theirs crashes ' +
    '(Raft §5.1, §5.2).',
  points: 1,
  servers: 5,
  network: reliable,
  situations: { 'a leader was elected while a deposed one could be heard': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    for (let round = 0; round < 3; round++) {
      const old = await cluster.checkOneLeader();
      const others = cluster.servers.filter((node) => node !== old);
      cluster.disconnect(old);
      const successor = await waitForSuccessor(cluster, others, cluster.termOf(old));
      await cluster.agree(`without ${round}`, 4, { retry: true });
      const term = cluster.termOf(successor);
      deafen(cluster, old);
      cluster.connect(old);
      cluster.crash(successor);
      const rest = others.filter((node) => node !== successor);
      await waitForSuccessor(cluster, rest, term);
      cluster.reached('a leader was elected while a deposed one could be heard');
      cluster.network.heal();
      cluster.restart(successor);
      await cluster.agree(`after ${round}`, cluster.size, { retry: true });
    }
  },
});

const laterTerm = defineTest<Cluster>({
  id: 'raft/E/later-term',
  title: 'A leader that learns of its successor from an answer',
  about:
    'A leader is cut off, and another one is elected. When it is back, the two cannot reach each other; but the ' +
    'followers refuse its heartbeats with their later term. From such an answer alone it has to see that it leads no ' +
    'more (Raft §5.1; Figure 2, all servers: RPC request or response).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a deposed leader could reach nobody but followers of its successor': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    for (let round = 0; round < 3; round++) {
      const old = await cluster.checkOneLeader();
      const term = cluster.termOf(old);
      const others = cluster.servers.filter((node) => node !== old);
      cluster.disconnect(old);
      const successor = await waitForSuccessor(cluster, others, term);
      await cluster.agree(`without ${round}`, 2, { retry: true });
      cluster.network.block(old, successor);
      cluster.network.block(successor, old);
      cluster.connect(old);
      await steppedDown(cluster, old, term);
      cluster.reached('a deposed leader could reach nobody but followers of its successor');
      cluster.network.heal();
      await cluster.agree(`after ${round}`, cluster.size, { retry: true });
    }
  },
});

function steppedDown(cluster: Cluster, old: NodeId, term: number): Promise<boolean> {
  const from = cluster.world.now;
  const awaited = `${old}, whose heartbeats are answered with a later term, to give up the lead of term ${term}`;
  return cluster.world.until(
    () => cluster.world.driver(old)?.status.isLeader !== true || cluster.termOf(old) > term,
    { withinMs: 5 * ELECTION_MS, violation: () => cluster.liveness('leader election', awaited, from) },
  );
}

const LARGE_COMMANDS = 30;
const LARGE_CHARACTERS = 1000;
/** An answer that is as late as this comes long after everything has been replicated. */
const LATE_MS = 600;
/** A heartbeat at least goes out in this time. */
const WINDOW_MS = 150;

const lateAnswers = defineTest<Cluster>({
  id: 'raft/E/late-answers',
  title: 'Answers that were overtaken',
  about:
    'A follower is without the last thirty commands. A new leader hears its first refusals 600 ms late; the later ' +
    'ones are prompt, and bring it up to date meanwhile. Then the late ones come, and say what is no longer true. ' +
    'The same again with late acknowledgements. A leader that believes them sends everything a second time (Raft ' +
    '§5.3; Figure 2: matchIndex increases monotonically).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'late answers came after the follower was up to date': 'always' },
  async run(cluster) {
    await cluster.agree('first', cluster.size, { retry: true });
    const follower = cluster.after(await cluster.checkOneLeader(), 1);
    await overtakenRefusals(cluster, follower);
    await overtakenAcknowledgements(cluster);
    cluster.reached('late answers came after the follower was up to date');
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

async function overtakenRefusals(cluster: Cluster, follower: NodeId): Promise<void> {
  cluster.crash(follower);
  await agreeOnLarge(cluster, cluster.size - 1);
  cluster.crash(...cluster.servers);
  cluster.network.use(lateReplies(LATE_MS, { by: follower }));
  cluster.restart(...cluster.servers);
  await cluster.waitForLeader();
  await cluster.sleep(WINDOW_MS);
  cluster.network.use(reliable());
  await cluster.agree('up to date', cluster.size, { retry: true });
  await listen(cluster, 'bytes after a follower has caught up, while late refusals come in');
}

async function overtakenAcknowledgements(cluster: Cluster): Promise<void> {
  const leader = await cluster.checkOneLeader();
  cluster.network.use(lateReplies(LATE_MS, { by: cluster.after(leader, 1) }));
  await cluster.start(leader, 'acknowledged late');
  await cluster.sleep(WINDOW_MS);
  cluster.network.use(reliable());
  await agreeOnLarge(cluster, cluster.size);
  await listen(cluster, 'bytes after thirty commands were acknowledged, while late acknowledgements come in');
}

/** Has thirty large commands agreed on. */
async function agreeOnLarge(cluster: Cluster, expected: number): Promise<void> {
  const leader = await cluster.checkOneLeader();
  let last: Start | undefined;
  for (let i = 0; i < LARGE_COMMANDS; i++) {
    last = (await cluster.start(leader, `${i % 10}`.repeat(LARGE_CHARACTERS))) ?? last;
  }
  const [from, index] = [cluster.world.now, last?.index ?? 0];
  await cluster.world.until(() => cluster.appliedBy(index).length >= expected, {
    withinMs: 2 * ELECTION_MS,
    everyMs: 1,
    violation: () => cluster.liveness('agreement', `${expected} servers to apply index ${index}`, from),
  });
}

/** Nothing is left to send but heartbeats: less by far than half of what the commands take. */
async function listen(cluster: Cluster, name: string): Promise<void> {
  const before = cluster.world.counters().bytes;
  await cluster.sleep(2 * LATE_MS);
  const used = cluster.world.counters().bytes - before;
  cluster.world.bound(name, used, { atMost: (LARGE_COMMANDS * LARGE_CHARACTERS) / 2 });
}

/** Less than any election time-out: the follower must not stand for election meanwhile. */
const MISSED_MS = 40;
const BROUGHT_MS = 3 * ELECTION_MS;

const lastEntry = defineTest<Cluster>({
  id: 'raft/E/last-entry',
  title: 'A follower that lacks nothing but the last entry',
  about:
    'A follower is cut off for 40 ms, in which one command is agreed on. Nothing else is started: the leader has to ' +
    'find out by itself that this one entry did not arrive, and send it again until it does (Raft §5.3: the leader ' +
    'retries AppendEntries indefinitely).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a follower missed the last entry, and its leader went on leading': 'always' },
  async run(cluster) {
    const { world } = cluster;
    await cluster.agree('first', cluster.size, { retry: true });
    for (let round = 0; round < 5; round++) {
      const leader = await cluster.checkOneLeader();
      const term = cluster.termOf(leader);
      const follower = cluster.after(leader, 1 + (round % 2));
      cluster.disconnect(follower);
      const started = await cluster.start(leader, `missed ${round}`);
      await cluster.sleep(MISSED_MS);
      cluster.connect(follower);
      const index = started?.index ?? 0;
      const isMissing = world.driver(follower)?.appliedAt(index) === undefined;
      for (const node of cluster.servers) await cluster.untilApplied(node, index, { withinMs: BROUGHT_MS });
      if (isMissing && cluster.termOf(leader) === term)
        cluster.reached('a follower missed the last entry, and its leader went on leading');
    }
  },
});

export const stale = [deafCandidate, staleLeader, laterTerm, lastEntry, lateAnswers];
