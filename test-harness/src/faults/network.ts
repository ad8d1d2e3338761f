import type { NetworkModel } from '../world/network-model.ts';

/**
 * Several models one after the other: each refines the fate that the one before it left. A message
 * lost once stays lost; the time until a call to the dead fails is the first model's that has one.
 */
export function compose(...models: readonly NetworkModel[]): NetworkModel {
  return {
    name: models.map((model) => model.name).join(' + '),
    request(fate, draw) {
      for (const model of models) model.request(fate, draw);
    },
    reply(fate, draw) {
      for (const model of models) model.reply(fate, draw);
    },
    unreachable(draw) {
      for (const model of models) {
        const after = model.unreachable(draw);
        if (after !== undefined) return after;
      }
      return undefined;
    },
  };
}

type Refine = NetworkModel['request'];

function symmetric(name: string, refine: Refine): NetworkModel {
  return { name, request: refine, reply: refine, unreachable: () => undefined };
}

/** Loses each message with probability `p`, and tells nobody: calls end by their time-outs. */
export function silentLoss(p: number): NetworkModel {
  return symmetric(`silent loss ${p}`, (fate, draw) => {
    if (!draw.chance('loss', p)) return;
    fate.lost = true;
    fate.failAfterUs = undefined;
  });
}

/** Delivers each message a second time with probability `p`, up to `withinMs` after the first. */
export function duplication(p: number, withinMs: number): NetworkModel {
  const span = Math.max(1, Math.round(withinMs * 1000));
  return symmetric(`duplication ${p} within ${withinMs} ms`, (fate, draw) => {
    if (draw.chance('duplicate', p)) fate.copies.push(fate.delayUs + draw.below('copy-latency', span));
  });
}

/** Adds a delay that is uniform between two bounds, in ms. Wide bounds reorder. */
export function uniformDelay(loMs: number, hiMs: number): NetworkModel {
  const lo = Math.round(loMs * 1000);
  const span = Math.max(1, Math.round(hiMs * 1000) - lo + 1);
  return symmetric(`delay ${loMs}-${hiMs} ms`, (fate, draw) => {
    fate.delayUs += lo + draw.below('jitter', span);
  });
}

/**
 * Adds a long-tailed delay: `medianMs` for half of the messages, ten times that for one in ten,
 * a hundred times for one in a hundred (a log-uniform tail, from a table: no transcendental functions,
 * whose last bits differ between machines).
 */
export function longTailDelay(medianMs: number): NetworkModel {
  return symmetric(`long-tailed delay, median ${medianMs} ms`, (fate, draw) => {
    const quantile = draw.below('jitter', 1000);
    const factor = quantile < 900 ? (2 * quantile) / 900 : quantile < 990 ? 10 : 100;
    fate.delayUs += Math.round(medianMs * 1000 * factor);
  });
}

/** Delays `p` of the messages by up to `byMs`, so that later ones overtake them. */
export function reordering(p: number, byMs: number): NetworkModel {
  const span = Math.max(1, Math.round(byMs * 1000));
  return symmetric(`reordering ${p} by up to ${byMs} ms`, (fate, draw) => {
    if (draw.chance('reorder', p)) fate.delayUs += draw.below('reorder-range', span);
  });
}

/** Slows the links from and to the named nodes by `addMs` each way. */
export function slowLinks(nodes: readonly string[], addMs: number): NetworkModel {
  const slow = new Set(nodes);
  return symmetric(`slow links of ${nodes.join(' ')}, +${addMs} ms`, (fate, draw) => {
    if (slow.has(draw.from) || slow.has(draw.to)) fate.delayUs += Math.round(addMs * 1000);
  });
}

/** Has each message take the time that its bytes need on a link that carries `bytesPerMs`. */
export function limitedBandwidth(bytesPerMs: number): NetworkModel {
  return symmetric(`${bytesPerMs} bytes a ms`, (fate, draw) => {
    fate.delayUs += Math.ceil((draw.bytes * 1000) / bytesPerMs);
  });
}

/** Adds `addMs` to each message from one node to another, and nothing to those the other way. */
export function slowDirection(from: string, to: string, addMs: number): NetworkModel {
  return symmetric(`${from} to ${to}, +${addMs} ms`, (fate, draw) => {
    if (draw.from === from && draw.to === to) fate.delayUs += Math.round(addMs * 1000);
  });
}
