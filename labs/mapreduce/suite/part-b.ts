import { definePart } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { machines } from './part-b-machines.ts';
import { network } from './part-b-network.ts';
import { swarms } from './part-b-swarm.ts';

export const partB = definePart<Cluster>({
  id: 'B',
  title: 'Machines that fail',
  tests: [...machines, ...network, ...swarms],
});
