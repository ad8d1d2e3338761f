import { compose, duplication, labrpc, reordering } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';

/** Nothing is lost. */
export const reliable = (): NetworkModel => labrpc();

/** One request and one reply in ten are lost, the others delayed by up to 26 ms. */
export const unreliable = (): NetworkModel => labrpc({ unreliable: true });

/**
 * A third of all messages come a second time, up to two seconds later, and one in five is overtaken; some are lost
 * besides. What comes late may come after the shard has moved on, or has come back.
 */
export const duplicating = (): NetworkModel =>
  compose(labrpc({ unreliable: true }), duplication(0.35, 2000), reordering(0.2, 60));
