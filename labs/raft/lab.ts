import { RAFT_CONTRACT } from '@lockstep/api';
import { defineLab } from '@lockstep/test-harness/suite';
import type { Budget, Part } from '@lockstep/test-harness/suite';
import { judges } from './judges/index.ts';
import { boot } from './src/boot.ts';
import { Cluster } from './src/cluster.ts';
import type { Driver } from './src/driver.ts';
import type { RaftSeen } from './src/seen.ts';
import { partA } from './suite/part-a.ts';
import { partB } from './suite/part-b.ts';
import { partC } from './suite/part-c.ts';
import { partD } from './suite/part-d.ts';
import { partE } from './suite/part-e.ts';
import { scenarios } from './suite/scenarios.ts';

/**
 * A run of any test of ours takes a correct implementation some ten thousand events; one that never rests should fail
 * soon, not after a minute.
 */
const budget: Partial<Budget> = { events: 600_000, messages: 200_000, bytes: 100_000_000 };

function withBudget(part: Part<Cluster>): Part<Cluster> {
  return { ...part, tests: part.tests.map((test) => ({ ...test, budget: { ...budget, ...test.budget } })) };
}

export default defineLab<Driver, Cluster, RaftSeen>({
  id: 'raft',
  title: 'Raft',
  entry: 'raft.ts',
  contract: RAFT_CONTRACT,
  reference: '../../libs/raft/src/index.ts',
  layers: [],
  parts: [partA, partB, partC, partD, partE].map(withBudget),
  scenarios,
  boot,
  sample: (driver) => driver.sample(),
  judges,
  script: (world) => new Cluster(world),
});
