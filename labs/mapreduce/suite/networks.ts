import { compose, duplication, labrpc, reordering } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';

/** Nothing is lost, but a call to a machine that is down or cut off may take seven seconds to fail. */
export const reliable = (): NetworkModel => labrpc({ longDelays: true });

/** One request and one reply in ten are lost, the others delayed by up to 26 ms. */
export const unreliable = (): NetworkModel => labrpc({ unreliable: true, longDelays: true });

/** Half of the messages come a second time, up to a second later, and one in five is overtaken. */
export const duplicating = (): NetworkModel =>
  compose(labrpc({ longDelays: true }), duplication(0.5, 1_000), reordering(0.2, 60));
