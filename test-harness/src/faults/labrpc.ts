import type { NetworkModel } from '../world/network-model.ts';

/** Switches of the course's network. */
export interface LabrpcOptions {
  /** Requests wait 0-26 ms and are lost with probability 0.1; replies are lost with probability 0.1. */
  readonly unreliable?: boolean;
  /** Calls to the dead and the cut off fail after up to 7 s instead of up to 100 ms. */
  readonly longDelays?: boolean;
  /** Two replies of three are late by 200-2200 ms. */
  readonly longReordering?: boolean;
}

/**
 * The network of the course's own tests, with its numbers: a lost message's caller is told at once,
 * nothing is duplicated, and what is reordered is reordered by delay alone. On top of the course's zero
 * time on the wire, every message takes 50-150 µs.
 */
export function labrpc(options: LabrpcOptions = {}): NetworkModel {
  const { unreliable = false, longDelays = false, longReordering = false } = options;
  const switches = Object.entries({ unreliable, longDelays, longReordering }).filter(([, on]) => on);
  return {
    name: `labrpc(${switches.map(([name]) => name).join(', ') || 'reliable'})`,
    request(fate, draw) {
      if (!unreliable) return;
      fate.delayUs += draw.below('jitter', 27) * 1000;
      if (draw.chance('loss', 0.1)) {
        fate.lost = true;
        fate.failAfterUs = fate.delayUs;
      }
    },
    reply(fate, draw) {
      if (unreliable && draw.chance('loss', 0.1)) {
        fate.lost = true;
        fate.failAfterUs = fate.delayUs;
        return;
      }
      if (!longReordering || !draw.chance('reorder', 600 / 900)) return;
      // 200 ms, and up to a bound that is itself drawn: short delays are the more frequent ones.
      const bound = 1 + draw.below('spare', 2000);
      fate.delayUs += (200 + draw.below('reorder-range', bound)) * 1000;
    },
    unreachable(draw) {
      return draw.below('dead-call', longDelays ? 7000 : 100) * 1000;
    },
  };
}
