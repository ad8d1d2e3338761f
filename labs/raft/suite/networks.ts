import { labrpc } from '@lockstep/test-harness/faults';
import type { NetworkModel } from '@lockstep/test-harness/faults';

/*
 * All of the course's Raft tests run with long delays: a call to a server that is down or cut off fails only after
 * up to seven seconds, so whoever waits for one peer before talking to the next is caught.
 */

/** Nothing is lost. */
export const reliable = (): NetworkModel => labrpc({ longDelays: true });

/** One request and one reply in ten are lost, the others delayed by up to 26 ms. */
export const unreliable = (): NetworkModel => labrpc({ unreliable: true, longDelays: true });

/** Two replies in three come 200 to 2200 ms late besides. */
export const reordering = (): NetworkModel =>
  labrpc({ unreliable: true, longDelays: true, longReordering: true });
