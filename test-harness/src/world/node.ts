import type { CallContext, NodeId } from '@lockstep/api';
import type { TraceHash } from '../trace/hash.ts';
import { Account } from './accounts.ts';
import type { SimDisk } from './disk.ts';
import type { Incarnation } from './incarnation.ts';
import { NodeClock } from './node-clock.ts';
import { CODE, Scheduled } from './world.ts';
import type { World } from './world.ts';

/** What every event costs a node, in µs of its time. */
export const EVENT_COST_US = 5;

/** Bytes that a node takes in or puts out per µs: a gigabit per second. */
export const BYTES_PER_US = 125;

/** An event of a node. It waits until the node has time for it. */
export abstract class NodeWork extends Scheduled {
  readonly node: SimNode;
  /** The boot that it belongs to; when the node has rebooted meanwhile, the event is void. Absent: whoever is up. */
  readonly incarnation: Incarnation | undefined;

  constructor(node: SimNode, incarnation: Incarnation | undefined) {
    super();
    this.node = node;
    this.incarnation = incarnation;
  }

  /** See `CODE`. */
  abstract readonly code: number;
  /** What distinguishes it in the trace hash. */
  abstract readonly detail: number;
  /** Bytes that the node has to take in for it. */
  get bytes(): number {
    return 0;
  }

  fire(_world: World): void {
    this.node.arrive(this);
  }

  abstract execute(world: World, incarnation: Incarnation): void;

  /** The node is down, or goes down while this waits. */
  drop(_world: World): void {}
}

/** A machine: what survives crashes (its disk, its accounts), and at most one incarnation at a time. */
export class SimNode {
  readonly world: World;
  readonly index: number;
  readonly id: NodeId;
  readonly role: string;
  readonly disk: SimDisk;
  /** What handlers learn of a call by this node. */
  readonly callContext: CallContext;
  readonly clock = new NodeClock();
  readonly account = new Account();
  readonly #scopeAccounts = new Map<string, Account>();
  /** Effects of all boots, until the script spares the node: messages sent, writes submitted. */
  effects = 0;
  isSpared = false;
  /** What this node did in which order, without times; kept for exploration alone. */
  orderHash: TraceHash | undefined;
  /** Counts boots, from 1. */
  boots = 0;
  incarnation: Incarnation | undefined;
  /** When the node will have done what it has begun, in µs. */
  freeAtUs = 0;
  slowness = 1;
  #paused = false;
  #wakeAt = -1;
  #inbox: NodeWork[] = [];
  #inboxHead = 0;

  constructor(world: World, index: number, id: NodeId, role: string, makeDisk: (node: SimNode) => SimDisk) {
    this.world = world;
    this.index = index;
    this.id = id;
    this.role = role;
    this.callContext = Object.freeze({ from: id });
    this.disk = makeDisk(this);
  }

  /** What one scope of this node has done, over all its boots. */
  scopeAccount(scope: string): Account {
    let account = this.#scopeAccounts.get(scope);
    if (account === undefined) {
      account = new Account();
      this.#scopeAccounts.set(scope, account);
    }
    return account;
  }

  /** An event has come to this node: it happens now, or after what is before it. */
  arrive(work: NodeWork): void {
    if (this.#isVoid(work)) return work.drop(this.world);
    if (this.#paused || this.freeAtUs > this.world.nowUs || this.#inboxHead < this.#inbox.length) {
      this.#inbox.push(work);
      this.#scheduleWake();
      return;
    }
    this.#execute(work);
  }

  /** Spends the node's time on `bytes` that it takes in or puts out. */
  spend(bytes: number): void {
    this.freeAtUs += Math.floor((bytes / BYTES_PER_US) * this.slowness);
  }

  /** When something that the node sends now leaves it, in µs. */
  get departureUs(): number {
    return Math.max(this.world.nowUs, this.freeAtUs);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#scheduleWake();
  }

  /** Stops the node dead, from outside of its own events. */
  crash(why: string): void {
    const incarnation = this.incarnation;
    if (incarnation === undefined) return;
    this.incarnation = undefined;
    this.#paused = false;
    const writes = this.disk.crash();
    this.world.cause = this.world.trace('crash', this.id, `${why}${costOf(writes)}`);
    this.world.hash.add(this.world.nowUs, (CODE.crash << 16) ^ this.index, this.boots);
    this.world.countFault('crashes');
    incarnation.end();
    const waiting = this.#inbox.slice(this.#inboxHead);
    this.#inbox = [];
    this.#inboxHead = 0;
    for (const work of waiting) work.drop(this.world);
  }

  #isVoid(work: NodeWork): boolean {
    return (
      this.incarnation === undefined ||
      (work.incarnation !== undefined && work.incarnation !== this.incarnation)
    );
  }

  #scheduleWake(): void {
    if (this.#paused || this.#inboxHead >= this.#inbox.length) return;
    const at = this.departureUs;
    if (this.#wakeAt >= this.world.nowUs && this.#wakeAt <= at) return;
    this.#wakeAt = at;
    this.world.schedule(at, this.index, new Wake(this));
  }

  /** Takes the next event from the queue, if the node has time. */
  wake(): void {
    this.#wakeAt = -1;
    if (this.#paused || this.#inboxHead >= this.#inbox.length) return;
    if (this.freeAtUs > this.world.nowUs) return this.#scheduleWake();
    const work = this.#inbox[this.#inboxHead++];
    if (this.#inboxHead > 64 && this.#inboxHead * 2 > this.#inbox.length) {
      this.#inbox = this.#inbox.slice(this.#inboxHead);
      this.#inboxHead = 0;
    }
    if (work === undefined) return;
    if (this.#isVoid(work)) work.drop(this.world);
    else this.#execute(work);
    this.#scheduleWake();
  }

  #execute(work: NodeWork): void {
    const { world, incarnation } = this;
    if (incarnation === undefined) return;
    world.begin(work.code, this.index, work.detail, work.parent);
    world.running = incarnation;
    this.account.events++;
    this.orderHash?.add(work.code, work.detail, 0);
    this.freeAtUs = world.nowUs + EVENT_COST_US * this.slowness;
    this.spend(work.bytes);
    world.onNodeEvent?.(this.id, world.nowUs / 1000);
    try {
      work.execute(world, incarnation);
    } catch (error) {
      incarnation.failed(error);
    }
    world.drain();
    if (incarnation.alive) incarnation.sample();
    else if (this.incarnation === incarnation) this.crash('crashed in the middle of an event');
    const broken = world.crossings.broken(this.id);
    if (broken !== undefined) world.fail(broken);
  }
}

class Wake extends Scheduled {
  readonly #node: SimNode;

  constructor(node: SimNode) {
    super();
    this.#node = node;
  }

  fire(): void {
    this.#node.wake();
  }
}

/** What a crash has cost: of the writes that it has interrupted nobody else learns before the node reads. */
function costOf({ unfinished, lost }: ReturnType<SimDisk['crash']>): string {
  if (unfinished === 0) return '';
  const writes = unfinished === 1 ? 'the write under way' : `${unfinished} writes under way`;
  const fate = lost === 0 ? 'survived' : lost === unfinished ? 'lost' : `${lost} of them lost`;
  return ` (${writes}: ${fate})`;
}
