import { SHARDKV_CONTRACT } from '@lockstep/api';
import { defineLab } from '@lockstep/test-harness/suite';
import type { Budget, NodeSpec, Part, Test } from '@lockstep/test-harness/suite';
import { judges } from './judges/index.ts';
import { boot } from './src/boot.ts';
import type { Driver } from './src/boot.ts';
import { Cluster } from './src/cluster.ts';
import type { ShardSeen } from './src/seen.ts';
import { topologyOf } from './src/settings.ts';
import type { ShardSettings } from './src/settings.ts';
import { partA } from './suite/part-a.ts';
import { partB } from './suite/part-b.ts';
import { partC } from './suite/part-c.ts';
import { partD } from './suite/part-d.ts';
import { partE } from './suite/part-e.ts';
import { scenarios } from './suite/scenarios.ts';

/** A run of any test of ours takes a correct implementation a fraction of this. */
const budget: Partial<Budget> = { events: 1_000_000, messages: 300_000, bytes: 100_000_000 };

function withBudget(part: Part<Cluster>): Part<Cluster> {
  return { ...part, tests: part.tests.map((test) => ({ ...test, budget: { ...budget, ...test.budget } })) };
}

/** All machines but the controller's servers, which are the test's own. */
function machinesOf({ settings = {} }: Test<Cluster>): NodeSpec[] {
  const { otherControllers, groups, clients, administrators } = topologyOf([], settings as ShardSettings);
  const servers = [...otherControllers, ...groups.flatMap((group) => group.servers)];
  return [
    ...servers.map((id) => ({ id, role: 'server' })),
    ...[...clients, ...administrators].map((id) => ({ id, role: 'client' })),
  ];
}

export default defineLab<Driver, Cluster, ShardSeen>({
  id: 'shardkv',
  title: 'Sharded key/value store',
  entry: 'shardkv.ts',
  contract: SHARDKV_CONTRACT,
  reference: '../../libs/shardkv/src/index.ts',
  libraries: { '@lockstep/rsm': '../../libs/rsm/src/index.ts' },
  layers: ['raft'],
  parts: [partA, partB, partC, partD, partE].map(withBudget),
  scenarios,
  extraNodes: machinesOf,
  boot,
  sample: (driver) => {
    if (driver.role === 'server') driver.below.sample();
  },
  judges,
  script: (world) => new Cluster(world),
});
