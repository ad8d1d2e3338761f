import type { BootContext, Lab } from '../suite/types.ts';
import { ViolationError } from '../suite/verdict.ts';
import type { Implementation } from '../runner/run.ts';
import type { Account } from './accounts.ts';
import type { Call } from './rpc.ts';
import type { SimNode } from './node.ts';
import { describeThrown } from '../load/thrown.ts';
import type { World } from './world.ts';

/** What one layer of an incarnation has registered. */
export interface ScopeState {
  service: object | undefined;
  readonly account: Account;
}

/** What a waiting script is told when the node dies. */
export interface Waiter {
  interrupt(): void;
}

/**
 * One boot of one node. Dead once `alive` is false: whatever its code still does in the event that
 * killed it has no effect, and nothing of it ever runs again.
 */
export class Incarnation {
  readonly node: SimNode;
  readonly world: World;
  readonly boot: number;
  readonly lab: Lab;
  readonly implementation: Implementation;
  readonly scopes = new Map<string, ScopeState>();
  /** Calls whose handlers are under way here: their callers must not wait for ever. */
  readonly handling = new Set<Call>();
  readonly waiters = new Set<Waiter>();
  alive = true;
  /** The lab's hold on the node, once it has booted. */
  driver: unknown;
  context: BootContext | undefined;
  isBooted = false;
  pendingTimers = 0;
  logLines = 0;
  diskOperations = 0;
  randomDraws = 0;
  /** While the harness only looks (status, inspect): the Host refuses everything. */
  muted = false;
  /** Effects that this incarnation may still have before it dies. */
  #effectsLeft = Infinity;

  constructor(node: SimNode, lab: Lab, implementation: Implementation) {
    this.node = node;
    this.world = node.world;
    this.boot = node.boots;
    this.lab = lab;
    this.implementation = implementation;
  }

  /**
   * Asks leave for one effect: a message sent, a write submitted. False when the node is dead, or dies
   * before it. An armed crash strikes right after the last effect that it allows.
   */
  effect(): boolean {
    this.refuseWhenMuted();
    if (!this.alive) return false;
    if (this.#effectsLeft === 0) {
      this.alive = false;
      return false;
    }
    this.#effectsLeft--;
    if (!this.node.isSpared) this.node.effects++;
    return true;
  }

  /** After an effect: dies if it was the last one allowed. */
  afterEffect(): void {
    if (this.#effectsLeft === 0) this.alive = false;
  }

  crashAfter(effects: number): void {
    this.#effectsLeft = effects;
  }

  refuseWhenMuted(): void {
    if (this.muted) throw new TypeError('status() and inspect() must only look: they may not touch the Host');
  }

  /** The code of this node threw where nobody catches: the node crashes, and with it the run fails. */
  failed(error: unknown, how = ''): void {
    const violation = ViolationError.violationOf(error);
    if (violation !== undefined) return this.world.fail(violation);
    if (!this.alive) return;
    const { text, notImplemented } = describeThrown(error);
    const stack = this.implementation.describeStack(error);
    this.world.fail({
      kind: 'crash',
      property: notImplemented ? 'not implemented' : 'no crash',
      message: notImplemented ? text : `${this.node.id} crashed${how}: ${text}`,
      node: this.node.id,
      ...(stack === '' ? {} : { stack }),
      ...(notImplemented ? { notImplemented: true as const } : {}),
    });
  }

  /** Looks at the node, after each of its events. */
  sample(): void {
    if (!this.isBooted || this.lab.sample === undefined || this.context === undefined) return;
    this.muted = true;
    try {
      this.lab.sample(this.driver, this.context);
    } catch (error) {
      this.failed(error);
    } finally {
      this.muted = false;
    }
    this.world.drain();
  }

  /** The node has crashed: nothing settles any more, and those who wait for it are told. */
  end(): void {
    this.alive = false;
    for (const waiter of this.waiters) waiter.interrupt();
    this.waiters.clear();
    for (const call of this.handling) call.loseReply();
    this.handling.clear();
    this.scopes.clear();
  }
}
