import { definePart } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { costs } from './part-b-costs.ts';
import { faults } from './part-b-faults.ts';
import { leadership } from './part-b-leadership.ts';
import { repetitions } from './part-b-repetitions.ts';
import { stormTest } from './storms.ts';

const storms = [
  stormTest({
    id: 'kv/B/basic',
    title: 'One client',
    points: 1,
    course: ['TestBasic4B', 'TestBasic3A'],
    clients: 1,
  }),
  stormTest({
    id: 'kv/B/concurrent',
    title: 'Five clients',
    points: 1,
    course: ['TestConcurrent4B', 'TestConcurrent3A', 'TestConcurrent4A'],
    restMs: 60,
    width: 2,
  }),
  stormTest({
    id: 'kv/B/unreliable',
    title: 'Five clients, messages are lost',
    points: 1,
    course: ['TestUnreliable4B', 'TestUnreliable3A', 'TestUnreliableOneKey3A'],
    isUnreliable: true,
  }),
  stormTest({
    id: 'kv/B/partitions-one-client',
    title: 'One client, partitions',
    points: 1,
    course: ['TestManyPartitionsOneClient4B', 'TestManyPartitionsOneClient3A'],
    clients: 1,
    isPartitioned: true,
  }),
  stormTest({
    id: 'kv/B/partitions',
    title: 'Five clients, partitions',
    points: 1,
    course: ['TestManyPartitionsManyClients4B', 'TestManyPartitionsManyClients3A'],
    isPartitioned: true,
  }),
  stormTest({
    id: 'kv/B/power-failure',
    title: 'Five clients, power failures',
    points: 2,
    course: ['TestPersistOneClient4B', 'TestPersistConcurrent4B', 'TestRestartReplay4A'],
    isCrashing: true,
  }),
  stormTest({
    id: 'kv/B/power-failure-unreliable',
    title: 'Five clients, power failures, messages are lost',
    points: 1,
    course: ['TestPersistConcurrentUnreliable4B'],
    isCrashing: true,
    isUnreliable: true,
  }),
  stormTest({
    id: 'kv/B/power-failure-partitions',
    title: 'Five clients, power failures and partitions, messages are lost',
    points: 2,
    course: ['TestPersistPartition4B', 'TestPersistPartitionUnreliable4B'],
    isCrashing: true,
    isPartitioned: true,
    isUnreliable: true,
  }),
  stormTest({
    id: 'kv/B/everything',
    title: 'Fifteen clients, seven servers, and everything at once',
    points: 2,
    course: ['TestPersistPartitionUnreliableLinearizable4B', 'TestPersistPartitionUnreliableLinearizable3A'],
    clients: 15,
    servers: 7,
    restMs: 300,
    keys: 30,
    isCrashing: true,
    isPartitioned: true,
    isUnreliable: true,
  }),
];

/** The store on Raft. */
export const partB = definePart<Cluster>({
  id: 'B',
  title: 'Replicated on Raft',
  tests: [...storms, ...costs, ...leadership, ...repetitions, ...faults],
});
