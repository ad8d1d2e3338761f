import type { Judge } from '@lockstep/test-harness/suite';
import type { Seen } from '../src/seen.ts';
import { commit } from './commit.ts';
import { completion } from './completion.ts';
import { contract } from './contract.ts';
import { counters } from './counters.ts';
import { output } from './output.ts';
import { validity } from './validity.ts';

/** Fresh judges for one run. When one observation breaks several properties, the first in this list is named. */
export function judges(): readonly Judge<Seen>[] {
  return [contract(), validity(), commit(), output(), completion(), counters()];
}
