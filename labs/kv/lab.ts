import { KV_CONTRACT } from '@lockstep/api';
import { defineLab } from '@lockstep/test-harness/suite';
import type { Budget, Part, Test } from '@lockstep/test-harness/suite';
import { judges } from './judges/index.ts';
import { boot } from './src/boot.ts';
import type { Driver } from './src/boot.ts';
import { Cluster } from './src/cluster.ts';
import type { KvSeen } from './src/seen.ts';
import type { KvSettings } from './src/settings.ts';
import { partA } from './suite/part-a.ts';
import { partB } from './suite/part-b.ts';
import { partC } from './suite/part-c.ts';
import { partD } from './suite/part-d.ts';

/** A run of any test of ours takes a correct implementation a fraction of this. */
const budget: Partial<Budget> = { events: 1_500_000, messages: 400_000, bytes: 200_000_000 };

function withBudget(part: Part<Cluster>): Part<Cluster> {
  return { ...part, tests: part.tests.map((test) => ({ ...test, budget: { ...budget, ...test.budget } })) };
}

function clientsOf({ settings = {} }: Pick<Test<Cluster>, 'settings'>): number {
  return (settings as KvSettings).clients ?? 1;
}

export default defineLab<Driver, Cluster, KvSeen>({
  id: 'kv',
  title: 'Key/value store',
  entry: 'kv.ts',
  contract: KV_CONTRACT,
  reference: '../../libs/kv/src/index.ts',
  libraries: { '@lockstep/rsm': '../../libs/rsm/src/index.ts' },
  layers: ['raft'],
  parts: [partA, partB, partC, partD].map(withBudget),
  extraNodes: (test) =>
    Array.from({ length: clientsOf(test) }, (_, i) => ({ id: `c${i + 1}`, role: 'client' })),
  boot,
  sample: (driver) => {
    if (driver.role === 'server') driver.below.sample();
  },
  judges,
  script: (world) => new Cluster(world),
});
