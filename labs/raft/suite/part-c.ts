import { definePart } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { churn } from './part-c-churn.ts';
import { figure8 } from './part-c-figure-8.ts';
import { persistence } from './part-c-persistence.ts';

export const partC = definePart<Cluster>({
  id: 'C',
  title: 'Persistence',
  tests: [...persistence, ...figure8, ...churn],
});
