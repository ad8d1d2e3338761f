import type { NodeId } from '@lockstep/api';
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

/** Which replies are late; those between any two servers unless told otherwise. */
interface Late {
  readonly by?: NodeId;
  readonly to?: NodeId;
}

/** Requests are prompt; these replies take so long, in ms. */
export function lateReplies(ms: number, { by, to }: Late): NetworkModel {
  const prompt = reliable();
  return {
    ...prompt,
    name: `replies of ${by ?? 'all'} to ${to ?? 'all'} after ${ms} ms`,
    reply(fate, draw) {
      prompt.reply(fate, draw);
      const isLate = (by === undefined || draw.from === by) && (to === undefined || draw.to === to);
      if (isLate) fate.delayUs += ms * 1000;
    },
  };
}

/** Whatever is sent to `node` comes a second time, so many ms later. */
export function echoing(node: NodeId, afterMs: number): NetworkModel {
  const prompt = reliable();
  return {
    ...prompt,
    name: `requests to ${node} come again after ${afterMs} ms`,
    request(fate, draw) {
      prompt.request(fate, draw);
      if (draw.to === node) fate.copies.push(fate.delayUs + afterMs * 1000);
    },
  };
}
