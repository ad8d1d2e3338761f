import type { NodeId } from '@lockstep/api';
import { compose, slowDirection } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Task } from '../src/client.ts';
import type { Begun, Cluster } from '../src/cluster.ts';
import { again, readAll } from '../src/load.ts';
import { ELECTION_MS, LEADER_MS, SETTLE_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

/** Each round has a key of its own. */
const keyOf = (round: number): string => `k${round}`;
const ROUNDS = 3;
/** Many at once, so that some clerk asks the right server at the right moment. */
const MANY = { width: 5, restMs: 20 };
/** Longer than anybody's lease: it is shorter than the shortest election timeout, and several of those fit into 5 s. */
const LEASE_MS = 1200;

/** A clock that is wrong by no more than this is within what the leases allow for. Large, so that it matters. */
export const DRIFT_BOUND = 0.2;

const reading = (key: string): Task => again((clerk) => clerk.get(key), MANY);
/** Puts, so that values stay short, and versions tell which of two is the later one. */
const putting = (cluster: Cluster, key: string): Task =>
  again((clerk) => clerk.put(key, cluster.token()), MANY);

/** A leader, and two clients: one that hears it alone, and one that hears only the others. */
interface Scene {
  readonly leader: NodeId;
  readonly others: readonly NodeId[];
  readonly begun: readonly Begun[];
  /** Reads that the old leader has answered. */
  answered(): number;
  /** Puts that the others have answered. */
  written(): number;
}

/** Sets the scene. Reads go to the leader from now on; puts wait for somebody else to lead. */
async function set(cluster: Cluster, round: number): Promise<Scene> {
  const key = keyOf(round);
  const [reader, writer] = [cluster.client(0), cluster.client(1)];
  await cluster.run(writer, 'a put', async (client) => {
    await client.makeClerk().put(key, cluster.token());
  });
  const leader = await cluster.waitForLeader();
  const others = cluster.servers.filter((server) => server !== leader);
  cluster.cut([reader], others);
  cluster.cut([writer], [leader]);
  const reads = await cluster.begin(reader, 'reads at the leader', reading(key));
  const writes = await cluster.begin(writer, 'puts elsewhere', putting(cluster, key));
  const [read, wrote] = [reads.driver.returned, writes.driver.returned];
  return {
    leader,
    others,
    begun: [reads, writes],
    answered: () => reads.driver.returned - read,
    written: () => writes.driver.returned - wrote,
  };
}

const READ = 'the leader answered reads under its lease';
const REPLACED = 'another leader took writes while the old one was cut off';

/** The old leader can reach nobody now. When another one has taken writes for a while, everything heals, and ends. */
async function end(cluster: Cluster, { begun, written }: Scene): Promise<void> {
  for (let waited = 0; waited < LEADER_MS && written() === 0; waited += 10) await cluster.sleep(10);
  if (written() > 0) cluster.reached(REPLACED);
  await cluster.sleep(LEASE_MS / 3);
  await cluster.stop();
  cluster.network.heal();
  cluster.restart(...cluster.servers);
  await cluster.ended(begun, SETTLE_MS, 'the network had healed');
}

/** Waits, but no longer than until one of these leads. */
async function leads(cluster: Cluster, among: readonly NodeId[], withinMs: number): Promise<void> {
  for (let waited = 0; waited < withinMs && cluster.leader(among) === undefined; waited += 5) {
    await cluster.sleep(5);
  }
}

/** The clock of a candidate that has made no promise to anybody. */
const EAGER = 4;

const settings = { clients: 2, reads: 'lease', clockDriftBound: 0.01 } as const;

const refused = defineTest<Cluster, number[]>({
  id: 'kv/D/vote-in-a-lease',
  title: 'A candidate while a lease holds',
  about:
    'One of three servers cannot hear the leader, and stands for election. The third one hears both. As long as the ' +
    'leader may answer reads because of what the third has told it, the third may not vote for another (Raft ' +
    'dissertation §4.2.3, §6.4.1).',
  points: 2,
  servers: 3,
  network: reliable,
  settings,
  situations: { [READ]: 'always', [REPLACED]: 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(0, 1)),
  async run(cluster, places) {
    for (const [round, place] of places.entries()) {
      const scene = await set(cluster, round);
      const [leader, candidate] = [scene.leader, scene.others[place] ?? ''];
      cluster.cut([leader], [candidate]);
      await leads(cluster, scene.others, LEASE_MS);
      if (scene.answered() > 0) cluster.reached(READ);
      // If there is another leader already, the old one does not learn of it.
      cluster.cut([leader], scene.others);
      await end(cluster, scene);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(ROUNDS));
  },
});

const restarted = defineTest<Cluster, { place: number; ms: number }[]>({
  id: 'kv/D/restart-in-a-lease',
  title: 'A voter restarts while a lease holds',
  about:
    'As before; but the server that hears both crashes, and boots again at once. Memory has kept no promise, so it ' +
    'has to wait for as long as any that it may have given, before it votes (Raft dissertation §6.4.1).',
  points: 2,
  servers: 3,
  network: reliable,
  settings,
  situations: { [READ]: 'always', [REPLACED]: 'always' },
  plan: (draw) =>
    Array.from({ length: ROUNDS }, () => ({ place: draw.integer(0, 1), ms: draw.integer(0, 200) })),
  async run(cluster, rounds) {
    for (const [round, { place, ms }] of rounds.entries()) {
      const scene = await set(cluster, round);
      const [leader, candidate] = [scene.leader, scene.others[place] ?? ''];
      const voter = scene.others.find((server) => server !== candidate) ?? '';
      cluster.cut([leader], [candidate]);
      // It stands for election again and again, and so often that one comes before the lease is over.
      cluster.world.bendClock(candidate, { rate: EAGER });
      await cluster.sleep(ELECTION_MS + ms);
      if (scene.answered() > 0) cluster.reached(READ);
      cluster.cut([leader], scene.others);
      cluster.crash(voter);
      cluster.restart(voter);
      await cluster.sleep(LEASE_MS / 8);
      cluster.world.bendClock(candidate, { rate: 1 });
      await end(cluster, scene);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(ROUNDS));
  },
});

/** A leader whose clock is slow is cut off from servers whose clocks are fast, by a fraction `drift` each. */
export async function driftApart(cluster: Cluster, pauses: readonly number[], drift: number): Promise<void> {
  for (const [round, ms] of pauses.entries()) {
    const scene = await set(cluster, round);
    for (const server of cluster.servers) {
      cluster.world.bendClock(server, { rate: server === scene.leader ? 1 - drift : 1 + drift });
    }
    // Heartbeats, and the promises that come with them, are of the time after that.
    await cluster.sleep(LEASE_MS / 3 + ms);
    if (scene.answered() > 0) cluster.reached(READ);
    cluster.cut([scene.leader], scene.others);
    await end(cluster, scene);
  }
  await cluster.run(cluster.client(0), 'a last look', readAll(ROUNDS));
}

const drift = defineTest<Cluster, number[]>({
  id: 'kv/D/clock-drift',
  title: 'Clocks that drift apart, within their bound',
  about:
    'The leader’s clock runs slow, and those of the others fast, by as much as clockDriftBound allows. When the ' +
    'leader is cut off, its lease must be over before another one can have been elected (Raft dissertation §6.4.1).',
  points: 2,
  servers: 5,
  network: reliable,
  settings: { ...settings, clockDriftBound: DRIFT_BOUND },
  situations: { [READ]: 'always', [REPLACED]: 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(0, 100)),
  run: (cluster, pauses) => driftApart(cluster, pauses, DRIFT_BOUND),
});

/** How long the others' answers take. Shorter than any election timeout, so that nobody minds. */
const SLOW_MS = 200;

const slowAnswers = defineTest<Cluster, number[]>({
  id: 'kv/D/slow-answers',
  title: 'Answers that take their time',
  about:
    'What the others send to the leader is late by 200 ms. Then what it sends to them is lost, while it still gets ' +
    'their answers to what it sent before. Their promise counts from the moment when they heard from the leader, so ' +
    'its lease counts from the moment when it asked, and not from the answer (Raft dissertation §6.4.1).',
  points: 1,
  servers: 3,
  network: reliable,
  settings,
  situations: { [READ]: 'always', [REPLACED]: 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(0, 100)),
  async run(cluster, pauses) {
    for (const [round, ms] of pauses.entries()) {
      const scene = await set(cluster, round);
      const { leader, others } = scene;
      cluster.network.use(compose(reliable(), ...others.map((one) => slowDirection(one, leader, SLOW_MS))));
      await cluster.sleep(LEASE_MS / 2 + ms);
      if (scene.answered() > 0) cluster.reached(READ);
      for (const one of others) cluster.network.block(leader, one);
      await end(cluster, scene);
      cluster.network.use(reliable());
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(ROUNDS));
  },
});

const minority = defineTest<Cluster, number[]>({
  id: 'kv/D/lease-minority',
  title: 'A leader and one other server of five',
  about:
    'The leader is cut off together with one of four others, which goes on answering it. A lease is a promise of a ' +
    'majority: it is over before the rest elect another leader (Raft dissertation §6.4.1).',
  points: 1,
  servers: 5,
  network: reliable,
  settings,
  situations: { [READ]: 'always', [REPLACED]: 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(0, 3)),
  async run(cluster, places) {
    for (const [round, place] of places.entries()) {
      const scene = await set(cluster, round);
      const companion = scene.others[place] ?? '';
      await cluster.sleep(LEASE_MS / 4);
      if (scene.answered() > 0) cluster.reached(READ);
      cluster.cut(
        [scene.leader, companion],
        scene.others.filter((one) => one !== companion),
      );
      await end(cluster, scene);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(ROUNDS));
  },
});

/** Tests of leases. */
export const leases = [refused, restarted, drift, slowAnswers, minority];
