import type { NetworkModel } from '../world/network-model.ts';

/**
 * A network whose faults are few and countable: each message is prompt, or late by one of `delaysMs`, or lost. By
 * itself,
 * with every draw at 0, it is prompt; exploration deviates from that, message by message.
 */
export function deviations(delaysMs: readonly number[]): NetworkModel {
  const refine: NetworkModel['request'] = (fate, draw) => {
    const choice = draw.below('deviation', delaysMs.length + 2);
    if (choice === 0) return;
    const delayMs = delaysMs[choice - 1];
    if (delayMs === undefined) fate.lost = true;
    else fate.delayUs += Math.round(delayMs * 1000);
  };
  return {
    name: `deviations(late by ${delaysMs.join(' or ')} ms, lost)`,
    request: refine,
    reply: refine,
    unreachable: () => undefined,
  };
}
