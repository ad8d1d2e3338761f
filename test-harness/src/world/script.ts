import type { NodeId } from '@lockstep/api';
import type { Device, NetworkControl, ScriptWorld } from '../suite/types.ts';
import { Interrupted, ViolationError } from '../suite/verdict.ts';
import type { Violation } from '../suite/verdict.ts';
import type { BoundResult } from '../runner/run.ts';
import { Account } from './accounts.ts';
import { SITE } from './chooser.ts';
import { copyValue } from './copy.ts';
import type { DiskModel } from './disk-model.ts';
import { makeDraw } from './draw.ts';
import type { Incarnation, Waiter } from './incarnation.ts';
import { NodeWork } from './node.ts';
import type { SimNode } from './node.ts';
import { deriveNonce } from './streams.ts';
import type { Cuts } from './cuts.ts';
import { CODE, Scheduled } from './world.ts';
import type { World } from './world.ts';

/** The script's own source number for ties. */
const SCRIPT = 65_535;

/** What a script's hand on the world needs besides the world. */
export interface ScriptOptions {
  readonly seed: string;
  readonly servers: readonly NodeId[];
  readonly situations: ReadonlySet<string>;
  readonly devices: Readonly<Record<string, Device>>;
  /** Boots a node that is down. */
  readonly boot: (node: SimNode) => void;
  readonly bounds: BoundResult[];
  readonly cuts: Cuts;
}

/** The script's party: its events, and its hand on the world. */
export class ScriptParty {
  readonly #world: World;
  readonly #isCutShort: boolean;

  /** @param isCutShort whether something is cut out of the script: then it has nothing to say. */
  constructor(world: World, isCutShort: boolean) {
    this.#world = world;
    this.#isCutShort = isCutShort;
  }

  /** Runs `resume` as an event of the script. */
  schedule(atUs: number, resume: () => void): void {
    this.#world.schedule(atUs, SCRIPT, new ScriptStep(resume));
  }

  /** Starts a thread of the script; what it throws ends the run. */
  async run(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    if (this.#isCutShort) return this.#world.finish();
    const violation = ViolationError.violationOf(error);
    if (violation !== undefined) return this.#world.fail(violation);
    // Not the submission's fault but the suite's: this must not look like a verdict.
    this.#world.abort(error);
  }
}

class ScriptStep extends Scheduled {
  readonly #resume: () => void;

  constructor(resume: () => void) {
    super();
    this.#resume = resume;
  }

  fire(world: World): void {
    world.begin(CODE.script, SCRIPT, 0, this.parent);
    this.#resume();
    world.drain();
  }
}

/** An event of a node that the script asked for. */
class Control extends NodeWork implements Waiter {
  readonly code = CODE.control;
  readonly detail: number;
  readonly #name: string;
  readonly #body: (driver: unknown) => unknown;
  readonly #party: ScriptParty;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  #isAnswered = false;

  constructor(
    node: SimNode,
    incarnation: Incarnation,
    party: ScriptParty,
    task: { name: string; body: (driver: unknown) => unknown },
    settle: { resolve: (value: unknown) => void; reject: (error: Error) => void },
  ) {
    super(node, incarnation);
    this.#name = task.name;
    this.#body = task.body;
    this.#party = party;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
    this.detail = task.name.length;
    incarnation.waiters.add(this);
  }

  execute(world: World, incarnation: Incarnation): void {
    if (world.recorder !== undefined) world.cause = world.trace('control', this.node.id, this.#name);
    const result = this.#body(incarnation.driver);
    const { value } = copyValue(result, `the result of ${this.#name}`);
    if (!incarnation.alive) return;
    incarnation.waiters.delete(this);
    this.#isAnswered = true;
    this.#party.schedule(world.nowUs, () => this.#resolve(value));
  }

  interrupt(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const error = new Interrupted(`${this.node.id} crashed before it answered ${this.#name}`);
    this.#party.schedule(this.node.world.nowUs, () => this.#reject(error));
  }
}

/** Makes what a test's script drives. */
export function makeScriptWorld(world: World, party: ScriptParty, options: ScriptOptions): ScriptWorld {
  const nodes = world.nodes.map((node) => node.id);
  let nonces = 0;
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => party.schedule(world.nowUs + Math.max(0, Math.round(ms * 1000)), resolve));
  return {
    get now() {
      return world.nowUs / 1000;
    },
    nodes,
    servers: options.servers,
    draw: makeDraw(world.chooser, SITE.script, 0),
    network: makeNetworkControl(world, options.cuts),
    devices: options.devices,
    nonce: () => deriveNonce(options.seed, nonces++),
    sleep: (ms) => sleep(options.cuts.pauseMs(ms)),
    until: async (condition, { withinMs, everyMs = 10, violation }) => {
      const deadline = world.nowUs + withinMs * 1000;
      for (;;) {
        const result = condition();
        if (result !== undefined && result !== false) return result;
        if (world.nowUs >= deadline) throw new ViolationError(violation());
        await sleep(Math.min(everyMs, Math.max(0.001, (deadline - world.nowUs) / 1000)));
      }
    },
    spawn: (body) => party.run(body),
    ...makeNodeControl(world, party, options),
    reached: (situation) => reach(world, options.situations, situation),
    note: (text) => void world.trace('note', undefined, text),
    fail: (violation) => {
      throw new ViolationError(violation);
    },
    bound: (name, value, bound) => checkBound(options.bounds, name, value, bound),
  };
}

/** Marks a situation; an undeclared one is a mistake in the suite. */
export function reach(world: World, situations: ReadonlySet<string>, situation: string): void {
  if (!situations.has(situation) || world.reached.has(situation)) return;
  world.reached.add(situation);
  world.trace('note', undefined, `situation reached: ${situation}`);
}

type NodeControl = Pick<
  ScriptWorld,
  | 'isUp'
  | 'counters'
  | 'invoke'
  | 'driver'
  | 'crash'
  | 'crashAfterEffects'
  | 'restart'
  | 'pause'
  | 'resume'
  | 'slow'
  | 'bendClock'
  | 'useDisk'
  | 'diskBytes'
>;

function makeNodeControl(world: World, party: ScriptParty, options: ScriptOptions): NodeControl {
  return {
    isUp: (id) => world.node(id).incarnation !== undefined,
    counters: (id, scope) => countersOf(world, id, scope),
    invoke: <R>(id: NodeId, name: string, body: (driver: never) => R) =>
      invoke<R>(world, party, world.node(id), name, body, options.cuts),
    driver: (id) => {
      const { incarnation } = world.node(id);
      return incarnation?.isBooted === true ? incarnation.driver : undefined;
    },
    diskBytes: (id, scope) => world.node(id).disk.usedBytes(scope),
    ...options.cuts.faults(makeNodeFaults(world, options)),
  };
}

type NodeFaults = Pick<
  ScriptWorld,
  'crash' | 'crashAfterEffects' | 'restart' | 'pause' | 'resume' | 'slow' | 'bendClock' | 'useDisk'
>;

function makeNodeFaults(world: World, options: ScriptOptions): NodeFaults {
  const fault = (node: SimNode, text: string): void => world.fault(node, text);
  return {
    crash: (id) => world.node(id).crash('crash'),
    crashAfterEffects: (id, effects) => {
      const node = world.node(id);
      if (effects <= 0) return node.crash('crash');
      fault(node, effects === Infinity ? 'is spared' : `will crash after ${effects} more effects`);
      node.isSpared = effects === Infinity;
      node.incarnation?.crashAfter(effects);
    },
    restart: (id) => {
      const node = world.node(id);
      if (node.incarnation === undefined) options.boot(node);
    },
    pause: (id) => {
      world.countFault('pauses');
      fault(world.node(id), 'paused');
      world.node(id).pause();
    },
    resume: (id) => {
      fault(world.node(id), 'resumed');
      world.node(id).resume();
    },
    slow: (id, factor) => {
      if (!(factor > 0)) throw new RangeError(`a node can't be ${factor} times as slow`);
      fault(world.node(id), `slowed ${factor} times`);
      world.node(id).slowness = factor;
    },
    bendClock: (id, { skewMs = 0, rate }) => {
      fault(
        world.node(id),
        `clock skewed by ${skewMs} ms${rate === undefined ? '' : `, now at rate ${rate}`}`,
      );
      world.node(id).clock.bend(world.nowUs, skewMs, rate);
    },
    useDisk: (id: NodeId, model: DiskModel) => {
      fault(world.node(id), `disk: ${model.name}`);
      world.node(id).disk.model = model;
    },
  };
}

function countersOf(
  world: World,
  id: NodeId | undefined,
  scope: string | undefined,
): ReturnType<ScriptWorld['counters']> {
  const nodes = id === undefined ? world.nodes : [world.node(id)];
  return Account.sum(nodes.map((node) => (scope === undefined ? node.account : node.scopeAccount(scope))));
}

function invoke<R>(
  world: World,
  party: ScriptParty,
  node: SimNode,
  name: string,
  body: (driver: never) => R,
  cuts: Cuts,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const { incarnation } = node;
    if (cuts.takesCall() || incarnation === undefined || !incarnation.isBooted) {
      const error = new Interrupted(`${node.id} is ${incarnation === undefined ? 'down' : 'booting'}`);
      return party.schedule(world.nowUs, () => reject(error));
    }
    const task = { name, body: body as (driver: unknown) => unknown };
    const settle = { resolve: resolve as (value: unknown) => void, reject };
    world.schedule(world.nowUs, node.index, new Control(node, incarnation, party, task, settle));
  });
}

function makeNetworkControl(world: World, cuts: Cuts): NetworkControl {
  const { network } = world;
  const index = (id: NodeId): number => world.node(id).index;
  const fault = (text: string): void => world.fault(undefined, text);
  const isConnected = (id: NodeId): boolean => network.isConnected(index(id));
  const faults: Omit<NetworkControl, 'isConnected'> = {
    use: (model) => {
      fault(`network: ${model.name}`);
      network.model = model;
    },
    disconnect: (id) => {
      world.countFault('disconnects');
      fault(`disconnect ${id}`);
      network.setConnected(index(id), false);
    },
    connect: (id) => {
      fault(`connect ${id}`);
      network.setConnected(index(id), true);
    },
    partition: (...groups) => {
      world.countFault('partitions');
      fault(`partition ${groups.map((group) => `{${group.join(' ')}}`).join(' | ')}`);
      network.setGroups(
        new Map(groups.flatMap((group, number) => group.map((id) => [index(id), number] as const))),
      );
    },
    block: (from, to) => {
      world.countFault('one-way cuts');
      fault(`cut ${from} → ${to}`);
      network.setBlocked(index(from), index(to), true);
    },
    unblock: (from, to) => {
      fault(`mend ${from} → ${to}`);
      network.setBlocked(index(from), index(to), false);
    },
    heal: () => {
      fault('heal the network');
      network.heal();
    },
  };
  return { isConnected, ...cuts.faults({ ...faults }) };
}

function checkBound(
  bounds: BoundResult[],
  name: string,
  value: number,
  bound: { atLeast?: number; atMost?: number },
): void {
  // A share of nothing is no number: no row can have it, and it is within no bound.
  if (Number.isFinite(value)) bounds.push({ name, value, ...bound });
  const isLow = bound.atLeast !== undefined && !(value >= bound.atLeast);
  const isHigh = bound.atMost !== undefined && !(value <= bound.atMost);
  if (!isLow && !isHigh) return;
  const limit = isLow ? `at least ${bound.atLeast}` : `at most ${bound.atMost}`;
  const violation: Violation = {
    kind: 'budget',
    property: name,
    message: `${name}: ${value}, but ${limit} expected`,
  };
  throw new ViolationError(violation);
}
