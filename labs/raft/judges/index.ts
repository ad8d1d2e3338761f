import type { Judge, WorldView } from '@lockstep/test-harness/suite';
import type { RaftSeen } from '../src/seen.ts';
import { applyOrder } from './apply-order.ts';
import { contract } from './contract.ts';
import { electionSafety } from './election-safety.ts';
import { logCompleteness, logMatching, ownState } from './inside.ts';
import { leaderCompleteness } from './leader-completeness.ts';
import { stateMachineSafety } from './state-machine-safety.ts';
import { termMonotonicity } from './term-monotonicity.ts';
import { validity } from './validity.ts';

/** Fresh judges for one run. When one observation breaks several properties, the first in this list is named. */
export function judges(world: WorldView): readonly Judge<RaftSeen>[] {
  return [
    contract(),
    electionSafety(),
    termMonotonicity(),
    leaderCompleteness(),
    applyOrder(),
    stateMachineSafety(),
    validity(world),
    logMatching(),
    logCompleteness(),
    ownState(),
  ];
}
