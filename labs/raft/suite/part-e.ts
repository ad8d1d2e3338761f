import { definePart } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { durability } from './part-e-durability.ts';
import { elections } from './part-e-elections.ts';
import { faults } from './part-e-faults.ts';

export const partE = definePart<Cluster>({
  id: 'E',
  title: 'What wall clocks cannot test',
  tests: [...durability, ...elections, ...faults],
});
