import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Task } from '../src/client.ts';
import type { Cluster } from '../src/cluster.ts';
import { readAll } from '../src/load.ts';
import {
  CLIENT_BYTES,
  ELECTION_MS,
  LOG_BYTES,
  SEQUENCE_MS,
  SETTLE_MS,
  SNAPSHOT_BYTES,
} from '../src/numbers.ts';
import { boundLog } from '../src/storm.ts';
import { reliable } from './networks.ts';
import { speed } from './part-b-costs.ts';
import { lateCopies } from './part-c-late-copies.ts';
import { forgotten, regulars, sessions } from './part-c-sessions.ts';
import { visiting } from './part-c-visitors.ts';
import { stormTest } from './storms.ts';

const KEYS = 50;

const lagging = defineTest<Cluster>({
  id: 'kv/C/lagging-server',
  title: 'A server that missed everything',
  about:
    'One server is away while the others put fifty keys and compact their logs; then it is one of the two that are ' +
    'left, and has to know all keys: only a snapshot can have told it (Raft §7).',
  points: 2,
  servers: 3,
  course: ['TestSnapshotRPC4C', 'TestSnapshotRPC3B', 'TestSnapshot4C'],
  network: reliable,
  settings: { maxLogBytes: LOG_BYTES },
  situations: { 'the lagging server was sent a snapshot': 'always' },
  async run(cluster) {
    const [client, away] = [cluster.client(0), cluster.at(2)];
    await cluster.run(client, 'a first append', async (machine) => {
      await machine.makeClerk().append('k0', cluster.token());
    });
    // It has applied that: a snapshot that comes first of all could be one of its own.
    await cluster.sleep(ELECTION_MS / 2);
    cluster.network.disconnect(away);
    const append: Task = async (machine) => {
      const clerk = machine.makeClerk();
      for (let key = 0; key < KEYS; key++) await clerk.append(`k${key}`, cluster.token());
    };
    await cluster.run(client, 'fifty keys', append, SEQUENCE_MS);
    await cluster.sleep(ELECTION_MS);
    boundLog(cluster);
    cluster.network.connect(away);
    cluster.network.disconnect(cluster.at(1));
    const getAndAppend: Task = async (machine) => {
      const clerk = machine.makeClerk();
      for (let key = 0; key < KEYS; key++) {
        await clerk.get(`k${key}`);
        await clerk.append(`k${key}`, cluster.token());
      }
    };
    await cluster.run(client, 'fifty keys again', getAndAppend, SEQUENCE_MS);
    if ((cluster.below(away)?.installed ?? 0) > 0) {
      cluster.reached('the lagging server was sent a snapshot');
    }
    cluster.crash(...cluster.servers);
    cluster.network.heal();
    cluster.restart(...cluster.servers);
    await cluster.run(client, 'a last look', readAll(KEYS), 2 * SETTLE_MS);
  },
});

const size = defineTest<Cluster>({
  id: 'kv/C/snapshot-size',
  title: 'A small state has a small snapshot',
  about:
    'Three hundred operations on one key, whose value stays short: so does the snapshot, and so does the log.',
  points: 1,
  servers: 3,
  course: ['TestSnapshotSize4C', 'TestSnapshotSize3B'],
  network: reliable,
  settings: { maxLogBytes: LOG_BYTES },
  async run(cluster) {
    await cluster.waitForLeader();
    await cluster.run(
      cluster.client(0),
      'three hundred operations',
      async (machine) => {
        const clerk = machine.makeClerk();
        for (let i = 0; i < 75; i++) {
          for (const value of ['0', '1']) {
            await clerk.put('k1', value);
            await clerk.get('k1');
          }
        }
      },
      60_000,
    );
    await cluster.sleep(ELECTION_MS);
    boundLog(cluster);
    const largest = Math.max(...cluster.servers.map((server) => cluster.snapshotBytes(server)));
    cluster.world.bound('bytes of the snapshot', largest, { atLeast: 1, atMost: SNAPSHOT_BYTES });
  },
});

const PAST_CLIENTS = 100;

const pastClients = defineTest<Cluster>({
  id: 'kv/C/past-clients',
  title: 'Clients of the past in the snapshot',
  about: 'Of each of 100 clients that have written once, a snapshot holds 200 bytes at most.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { maxLogBytes: LOG_BYTES },
  async run(cluster) {
    await cluster.waitForLeader();
    await cluster.run(
      cluster.client(0),
      'many clerks',
      async (machine) => {
        for (let i = 0; i < PAST_CLIENTS; i++) await machine.makeClerk().put('k1', `${i}`);
      },
      20_000,
    );
    const largest = Math.max(...cluster.servers.map((server) => cluster.snapshotBytes(server)));
    const perClient = Math.round(largest / PAST_CLIENTS);
    cluster.world.bound('bytes of the snapshot for a past client', perClient, {
      atLeast: 0,
      atMost: CLIENT_BYTES,
    });
    boundLog(cluster);
  },
});

const storms = [
  stormTest({
    id: 'kv/C/recover',
    title: 'One client, power failures, snapshots',
    points: 1,
    course: ['TestSnapshotRecover4C', 'TestSnapshotRecover3B'],
    clients: 1,
    isCompacted: true,
    isCrashing: true,
  }),
  stormTest({
    id: 'kv/C/recover-many-clients',
    title: 'Twenty clients, power failures, snapshots',
    points: 1,
    course: ['TestSnapshotRecoverManyClients4C', 'TestSnapshotRecoverManyClients3B'],
    clients: 20,
    restMs: 400,
    isCompacted: true,
    isCrashing: true,
  }),
  stormTest({
    id: 'kv/C/unreliable',
    title: 'Five clients, snapshots, messages are lost',
    points: 1,
    course: ['TestSnapshotUnreliable4C', 'TestSnapshotUnreliable3B'],
    isCompacted: true,
    isUnreliable: true,
  }),
  stormTest({
    id: 'kv/C/unreliable-recover',
    title: 'Five clients, power failures, snapshots, messages are lost',
    points: 2,
    course: ['TestSnapshotUnreliableRecover4C', 'TestSnapshotUnreliableRecover3B'],
    isCompacted: true,
    isCrashing: true,
    isUnreliable: true,
  }),
  stormTest({
    id: 'kv/C/everything',
    title: 'Fifteen clients, seven servers, snapshots, and everything at once',
    points: 2,
    course: [
      'TestSnapshotUnreliableRecoverConcurrentPartition4C',
      'TestSnapshotUnreliableRecoverConcurrentPartitionLinearizable4C',
    ],
    clients: 15,
    servers: 7,
    restMs: 300,
    keys: 30,
    isCompacted: true,
    isCrashing: true,
    isPartitioned: true,
    isUnreliable: true,
  }),
];

/** The store on Raft, with a bounded log. */
export const partC = definePart<Cluster>({
  id: 'C',
  title: 'Snapshots',
  tests: [
    lagging,
    size,
    speed('C'),
    pastClients,
    ...storms,
    sessions,
    lateCopies,
    forgotten,
    regulars,
    visiting,
  ],
});
