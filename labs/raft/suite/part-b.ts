import { definePart } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { agreement } from './part-b-agreement.ts';
import { costs } from './part-b-costs.ts';
import { partitions } from './part-b-partitions.ts';

export const partB = definePart<Cluster>({
  id: 'B',
  title: 'Log replication',
  tests: [...agreement, ...partitions, ...costs],
});
