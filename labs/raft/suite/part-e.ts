import { definePart } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { budgets } from './part-e-costs.ts';
import { durability } from './part-e-durability.ts';
import { elections } from './part-e-elections.ts';
import { faults } from './part-e-faults.ts';
import { majorities } from './part-e-majorities.ts';
import { snapshots } from './part-e-snapshots.ts';
import { stale } from './part-e-stale.ts';
import { votes } from './part-e-votes.ts';

export const partE = definePart<Cluster>({
  id: 'E',
  title: 'What wall clocks cannot test',
  tests: [
    ...durability,
    ...votes,
    ...elections,
    ...majorities,
    ...stale,
    ...snapshots,
    ...faults,
    ...budgets,
  ],
});
