import type { NodeId } from '@lockstep/api';
import { SITE } from './chooser.ts';
import type { Chooser } from './chooser.ts';
import type { DrawPurpose, MessageDraw, MessageFate, NetworkModel } from './network-model.ts';

/** The least time that any message is on the wire, in µs. */
export const MIN_DELAY_US = 50;

/** At most so many nodes in one world; links are numbered from * MAX_NODES + to. */
export const MAX_NODES = 64;

/** A number for each purpose: part of the choice's site, so never renumbered. */
export const PURPOSES: Readonly<Record<DrawPurpose, number>> = {
  latency: 0,
  jitter: 1,
  loss: 2,
  duplicate: 3,
  'copy-latency': 4,
  reorder: 5,
  'reorder-range': 6,
  'dead-call': 7,
  spare: 8,
  deviation: 9,
};

/** Probabilities are compared in millionths, so that they are choices from a finite domain. */
export const MILLION = 1_000_000;

/** Who can reach whom, and the present model. */
export class Network {
  readonly #ids: readonly NodeId[];
  // Plain arrays, not typed ones; see EventHeap.
  readonly #open: boolean[] = Array.from({ length: MAX_NODES * MAX_NODES }, () => true);
  readonly #numbers: number[] = Array.from({ length: MAX_NODES * MAX_NODES }, () => 0);
  readonly #disconnected = new Set<number>();
  readonly #blocked = new Set<number>();
  #groups: ReadonlyMap<number, number> | undefined;
  readonly #draw: LinkDraw;
  model: NetworkModel;

  constructor(ids: readonly NodeId[], model: NetworkModel, chooser: Chooser) {
    if (ids.length > MAX_NODES)
      throw new RangeError(`a world has at most ${MAX_NODES} nodes, not ${ids.length}`);
    this.#ids = ids;
    this.model = model;
    this.#draw = new LinkDraw(chooser);
  }

  isOpen(from: number, to: number): boolean {
    return this.#open[from * MAX_NODES + to] === true;
  }

  /** The number of the next message on a link; the first is 1. */
  nextNumber(from: number, to: number): number {
    const link = from * MAX_NODES + to;
    const number = (this.#numbers[link] ?? 0) + 1;
    this.#numbers[link] = number;
    return number;
  }

  /** Draws for one message. The object is reused: valid until the next call. */
  drawFor(from: number, to: number, number: number, bytes: number): MessageDraw {
    const draw = this.#draw;
    draw.link = from * MAX_NODES + to;
    draw.number = number;
    draw.bytes = bytes;
    draw.from = this.#ids[from] ?? '?';
    draw.to = this.#ids[to] ?? '?';
    return draw;
  }

  isConnected(node: number): boolean {
    return !this.#disconnected.has(node);
  }

  setConnected(node: number, connected: boolean): void {
    if (connected) this.#disconnected.delete(node);
    else this.#disconnected.add(node);
    this.#recompute();
  }

  setBlocked(from: number, to: number, blocked: boolean): void {
    if (blocked) this.#blocked.add(from * MAX_NODES + to);
    else this.#blocked.delete(from * MAX_NODES + to);
    this.#recompute();
  }

  /** Group of each node, or `undefined` to end the partition. Nodes that are in no group are alone. */
  setGroups(groups: ReadonlyMap<number, number> | undefined): void {
    this.#groups = groups;
    this.#recompute();
  }

  heal(): void {
    this.#disconnected.clear();
    this.#blocked.clear();
    this.#groups = undefined;
    this.#recompute();
  }

  #recompute(): void {
    for (let from = 0; from < this.#ids.length; from++) {
      for (let to = 0; to < this.#ids.length; to++) {
        this.#open[from * MAX_NODES + to] = from === to || this.#allows(from, to);
      }
    }
  }

  #allows(from: number, to: number): boolean {
    if (this.#disconnected.has(from) || this.#disconnected.has(to)) return false;
    if (this.#blocked.has(from * MAX_NODES + to)) return false;
    if (this.#groups === undefined) return true;
    const group = this.#groups.get(from);
    return group !== undefined && group === this.#groups.get(to);
  }
}

class LinkDraw implements MessageDraw {
  link = 0;
  number = 0;
  bytes = 0;
  from = '';
  to = '';
  readonly #chooser: Chooser;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  below(purpose: DrawPurpose, n: number): number {
    return this.#chooser.choose(SITE.message, this.link, this.number, PURPOSES[purpose], n);
  }

  chance(purpose: DrawPurpose, p: number): boolean {
    if (p <= 0) return false;
    return this.below(purpose, MILLION) >= MILLION - p * MILLION;
  }
}

/** A fate to reuse for one message after another. */
export function freshFate(): MessageFate {
  return { delayUs: MIN_DELAY_US, lost: false, failAfterUs: undefined, copies: [] };
}

/** Sets a fate to what every message starts from: delivered once, after 50-150 µs. */
export function resetFate(fate: MessageFate, draw: MessageDraw): void {
  fate.delayUs = MIN_DELAY_US + draw.below('latency', 101);
  fate.lost = false;
  fate.failAfterUs = undefined;
  if (fate.copies.length > 0) fate.copies.length = 0;
}
