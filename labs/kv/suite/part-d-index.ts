import type { KvClerk, NodeId } from '@lockstep/api';
import { disk } from '@lockstep/test-harness/faults';
import { mend } from '@lockstep/test-harness/services';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Task } from '../src/client.ts';
import type { Cluster } from '../src/cluster.ts';
import { again, readAll } from '../src/load.ts';
import { ELECTION_MS, SETTLE_MS } from '../src/numbers.ts';
import type { KvSettings } from '../src/settings.ts';
import { reliable } from './networks.ts';
import { speaks, succession } from './scenes.ts';

const KEY = 'k0';
const ROUNDS = 3;
const READERS = 5;
/** A write with its sync on the next leader's disk: it knows late what is committed. */
const SLUGGISH_MS = [120, 160] as const;
const LEARNT_LATE = 'a put was answered that the next leader did not know to be committed';

/**
 * Has a put answered by a leader that falls silent before it can say that it is committed. Tells whether it was.
 */
async function silence(cluster: Cluster, put: Task, leader: NodeId, heir: NodeId): Promise<boolean> {
  const begun = await cluster.begin(cluster.client(0), 'a put', put);
  await speaks(cluster, heir);
  for (const server of cluster.servers) if (server !== leader) cluster.network.block(leader, server);
  await cluster.sleep(5);
  const isAnswered = cluster.hasEnded(begun);
  cluster.network.disconnect(leader);
  return isAnswered;
}

/** A new leader whose disk is so slow that it learns late what is committed. */
function successorTest({
  reads,
  ...rest
}: Pick<Test<Cluster>, 'id' | 'title' | 'about' | 'points'> & {
  readonly reads: Pick<KvSettings, 'reads' | 'clockDriftBound'>;
}): Test<Cluster> {
  return defineTest<Cluster, number[]>({
    ...rest,
    servers: 3,
    network: reliable,
    settings: { clients: 2, ...reads },
    situations: { [LEARNT_LATE]: { atLeast: 8, of: 10 } },
    plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(1, 2)),
    async run(cluster, places) {
      let clerk: KvClerk | undefined;
      const put: Task = async (client) => {
        // One clerk for all rounds: a new one may have more to say than its put.
        clerk ??= client.makeClerk();
        await clerk.put(KEY, cluster.token());
      };
      for (const place of places) {
        await cluster.run(cluster.client(0), 'a first put', put);
        const { leader, heir, restore } = await succession(cluster, place);
        const isAnswered = await silence(cluster, put, leader, heir);
        if (isAnswered) cluster.reached(LEARNT_LATE);
        cluster.world.useDisk(heir, disk({ writeMs: SLUGGISH_MS }));
        const reading = again((clerk) => clerk.get(KEY), { width: READERS, restMs: 10 });
        const reads = await cluster.begin(cluster.client(1), 'reads', reading);
        await cluster.sleep(ELECTION_MS);
        await cluster.stop();
        cluster.world.useDisk(heir, disk());
        restore();
        cluster.network.heal();
        await cluster.ended([reads], SETTLE_MS, 'a majority was there');
      }
      await cluster.run(cluster.client(0), 'a last look', readAll(1), 2 * SETTLE_MS);
    },
  });
}

const successors = [
  successorTest({
    id: 'kv/D/new-leader',
    title: 'A new leader does not know yet what is committed',
    about:
      'The old leader answers a put, and is gone before it can tell the others that it is committed. Its successor ' +
      'has the entry, but knows that it is committed only when one of its own term is: until then it may answer no ' +
      'read (Raft dissertation §6.4).',
    points: 2,
    reads: { reads: 'index' },
  }),
  successorTest({
    id: 'kv/D/lease-new-leader',
    title: 'A new leader with a lease does not know yet what is committed',
    about:
      'The same with leases. That nobody else can lead says nothing about what the leader itself knows: it may not ' +
      'answer before an entry of its own term is committed, whatever it has been promised.',
    points: 1,
    reads: { reads: 'lease', clockDriftBound: 0.01 },
  }),
];

/** Reads that are asked of the old leader at these intervals, whether or not those before have been answered. */
const READ_EVERY_MS = 20;
/** Clocks of the one that keeps to the old leader, and of the leader while it sleeps: next to no time passes there. */
const ASLEEP = 0.05;
/** Long enough for the leader to ask for a read or two, and to hear from one of those it asks. */
const HALF_ASKED_MS = 50;
/** Long enough after the leader has woken up for it to ask again, and to hear from another one. */
const AWAKE_MS = ELECTION_MS / 3;
const REPLACED = 'another leader took a put while the old one slept, and reads came for that one afterwards';

/** A reader whose clerk has found the leader, and goes on reading there without waiting for answers. */
class FaithfulReader {
  #clerk: KvClerk | undefined;

  readonly once: Task = async (client) => {
    await (this.#clerk ??= client.makeClerk()).get(KEY);
  };

  readonly again: Task = async (client) => {
    const reads = [];
    while (!client.isStopping) {
      reads.push(this.once(client));
      await client.sleep(READ_EVERY_MS);
    }
    await Promise.all(reads);
  };
}

const asleep = defineTest<Cluster, number[]>({
  id: 'kv/D/sleeping-leader',
  title: 'A leader sleeps while it has its leadership confirmed',
  about:
    'A leader of five asks whether it still leads, hears from one server, and falls asleep. That one and two others ' +
    'elect another leader, who takes a put. The old one wakes up, with reads that have come meanwhile, and now the ' +
    'fourth server, which knows of no other leader, answers it too. For the new reads the first answer proves ' +
    'nothing: those who answer have to be asked after a read has begun (Raft dissertation §6.4).',
  points: 2,
  servers: 5,
  network: reliable,
  settings: { clients: 2, reads: 'index' },
  situations: { [REPLACED]: 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(1, 4)),
  async run(cluster, places) {
    const { world, network } = cluster;
    const [reader, writer] = [cluster.client(0), cluster.client(1)];
    const faithful = new FaithfulReader();
    const put: Task = async (client) => {
      await client.makeClerk().put(KEY, cluster.token());
    };
    for (const place of places) {
      await cluster.run(writer, 'a put', put);
      await cluster.run(reader, 'a read', faithful.once);
      const leader = await cluster.waitForLeader();
      const loyal = cluster.at(cluster.servers.indexOf(leader) + place);
      const [first = '', ...rest] = cluster.servers.filter((server) => server !== leader && server !== loyal);
      cluster.cut([reader], [loyal, first, ...rest]);
      cluster.cut([writer], [leader, loyal]);
      world.bendClock(loyal, { rate: ASLEEP });
      // From the next heartbeat on it waits by that clock.
      await cluster.sleep(ELECTION_MS / 5);
      const reads = await cluster.begin(reader, 'reads at the leader', faithful.again);
      cluster.cut([leader], [loyal, ...rest]);
      await cluster.sleep(HALF_ASKED_MS);
      cluster.cut([leader], [first]);
      cluster.cut([loyal], [first, ...rest]);
      world.pause(leader);
      world.bendClock(leader, { rate: ASLEEP });
      await cluster.run(writer, 'a put that another leader takes', put);
      await cluster.sleep(2 * READ_EVERY_MS);
      if (!cluster.hasEnded(reads)) cluster.reached(REPLACED);
      mend(network, [leader], [loyal]);
      world.bendClock(leader, { rate: 1 });
      world.resume(leader);
      await cluster.sleep(AWAKE_MS);
      await cluster.stop();
      world.bendClock(loyal, { rate: 1 });
      network.heal();
      await cluster.ended([reads], SETTLE_MS, 'the network had healed');
      await cluster.sleep(ELECTION_MS / 2);
    }
    await cluster.run(writer, 'a last look', readAll(1));
  },
});

/** Tests of reads by readIndex. */
export const byIndex = [...successors, asleep];
