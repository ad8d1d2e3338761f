import type { NodeId } from '@lockstep/api';
import type { BootContext, Judge, Lab, Moment, NodeSpec, Observation, Test } from '../suite/types.ts';
import { boundedViolation, ViolationError } from '../suite/verdict.ts';
import type { Verdict, Violation } from '../suite/verdict.ts';
import type {
  BoundResult,
  Exploration,
  Implementation,
  RunOptions,
  RunResult,
  Whereabouts,
} from '../runner/run.ts';
import { labrpc } from '../faults/labrpc.ts';
import { promptDisk } from '../faults/disk.ts';
import { TraceHash } from '../trace/hash.ts';
import { Recorder } from '../trace/recorder.ts';
import { Account } from './accounts.ts';
import { OverridingChooser, RecordingChooser, SeedChooser, SITE } from './chooser.ts';
import type { Chooser } from './chooser.ts';
import { copyValue } from './copy.ts';
import { crossing } from './crossing.ts';
import { Deadlines } from './deadlines.ts';
import { makeDevicePorts, startDevices } from './devices.ts';
import { SimDisk } from './disk.ts';
import { asMacrotask, divertRejections, makeDrain } from './drain.ts';
import { makeDraw } from './draw.ts';
import { makeHost } from './host.ts';
import { Incarnation } from './incarnation.ts';
import { Network } from './network.ts';
import { NodeWork, SimNode } from './node.ts';
import { Rejections } from './rejections.ts';
import { makeScriptWorld, reach, ScriptParty } from './script.ts';
import { Cuts, isCutShort } from './cuts.ts';
import { CODE, DEFAULT_LIMITS, World } from './world.ts';
import type { WorldLimits } from './world.ts';

/**
 * Events between two looks of the watchdog: few enough that they take a small part of its patience even where each is
 * heavy, and so many that a look, which costs some 0.1 ms, does not matter.
 */
const SLICE = 1_000;

/** When the script starts: a millisecond after the machines were switched on. */
const SCRIPT_START_US = 1_000;

/** The course's own limit for one test. */
const DEFAULT_TIME_LIMIT_MS = 120_000;

/**
 * Runs one test with one seed in a world of its own, and gives its verdict: the only way to drive a
 * world. Rejects only for a defect of the harness or the suite, never because of the code under test.
 */
export async function runSimulation(options: RunOptions): Promise<RunResult> {
  const simulation = new Simulation(options);
  await new Promise<void>((resolve, reject) => {
    const proceed = (): void => {
      try {
        if (simulation.proceed()) asMacrotask(proceed);
        else resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    asMacrotask(proceed);
  });
  return simulation.result();
}

class Simulation {
  readonly #options: RunOptions;
  readonly #lab: Lab;
  readonly #test: Test<unknown>;
  readonly #recording: RecordingChooser | undefined;
  readonly #chooser: Chooser;
  readonly #bounds: BoundResult[] = [];
  readonly #situations: ReadonlySet<string>;
  readonly #plan: unknown;
  readonly #servers: readonly NodeId[];
  #world: World | undefined;
  #rejections: Rejections | undefined;
  #judges: readonly Judge[] = [];
  /** The script has come to its end without a violation. */
  #isScriptDone = false;
  #explanation: (Violation & { readonly atMs: number }) | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#lab = options.lab;
    this.#test = findTest(options.lab, options.test);
    const seeded = new SeedChooser(options.seed);
    const chooser =
      options.overrides === undefined ? seeded : new OverridingChooser(seeded, options.overrides);
    this.#recording = options.recordChoices === true ? new RecordingChooser(chooser) : undefined;
    this.#chooser = this.#recording ?? chooser;
    this.#situations = new Set(Object.keys(this.#test.situations ?? {}));
    // Frozen: every node's code may be handed this very array.
    this.#servers = Object.freeze(Array.from({ length: this.#test.servers }, (_, index) => `n${index + 1}`));
    this.#plan = options.plan ?? this.#test.plan?.(makeDraw(this.#chooser, SITE.plan, 0));
  }

  /** Runs one slice; false when the run is over. */
  proceed(): boolean {
    let goesOn = false;
    const slice = (): void => {
      this.#world ??= this.#build();
      goesOn = this.#world.runSlice(SLICE);
    };
    const rejections = (this.#rejections ??= new Rejections());
    divertRejections(rejections, () =>
      this.#options.guard === undefined ? slice() : this.#options.guard(slice, () => this.#whereabouts()),
    );
    return goesOn;
  }

  #whereabouts(): Whereabouts {
    const world = this.#world;
    return {
      atMs: (world?.nowUs ?? 0) / 1000,
      ...(world?.running === undefined ? {} : { node: world.running.node.id }),
      ...(world?.recorder === undefined ? {} : { trace: world.recorder.events }),
    };
  }

  result(): RunResult {
    const world = this.#world;
    if (world === undefined) throw new Error('the simulation has not been run');
    if (world.defect !== undefined) throw world.defect;
    const lastViolation = this.#lastViolation(world);
    if (lastViolation !== undefined) world.judge(lastViolation);
    const total = makeTotals(world);
    return {
      test: this.#test.id,
      seed: this.#options.seed,
      verdict: toVerdict(world, this.#explanation),
      reached: [...world.reached].sort(),
      traceHash: world.hash.hex,
      simulatedMs: world.nowUs / 1000,
      counters: total,
      faults: Object.fromEntries([...world.faults].sort(([a], [b]) => (a < b ? -1 : 1))),
      bounds: this.#bounds,
      plan: this.#plan,
      ...(this.#options.explore === true ? { exploration: explorationOf(world) } : {}),
      ...(world.recorder === undefined ? {} : { trace: world.recorder.events }),
      ...(this.#recording === undefined ? {} : { choices: this.#recording.choices }),
    };
  }

  #build(): World {
    const world = new World({
      chooser: this.#chooser,
      drain: makeDrain(),
      recorder: this.#options.record === true ? new Recorder() : undefined,
      limits: this.#limits(),
      onNodeEvent: this.#options.onNodeEvent,
    });
    this.#rejections?.watch(world);
    const specs: NodeSpec[] = [
      ...this.#servers.map((id) => ({ id, role: 'server' })),
      ...(this.#lab.extraNodes?.(this.#test) ?? []),
    ];
    world.network = new Network(
      specs.map((spec) => spec.id),
      this.#test.network?.() ?? labrpc({}),
      this.#chooser,
    );
    const deadlines = new Deadlines(world);
    for (const [index, spec] of specs.entries()) {
      const makeDisk = (node: SimNode): SimDisk => new SimDisk(node, this.#test.disk?.() ?? promptDisk());
      const node = new SimNode(world, index, spec.id, spec.role, makeDisk);
      if (this.#options.explore === true) node.orderHash = new TraceHash();
      world.addNode(node);
    }
    this.#startScript(world, deadlines);
    return world;
  }

  #limits(): WorldLimits {
    const limits = { ...DEFAULT_LIMITS, ...this.#test.budget };
    return { ...limits, events: Math.min(limits.events, this.#options.maxEvents ?? Infinity) };
  }

  #startScript(world: World, deadlines: Deadlines): void {
    const devices = this.#test.devices?.() ?? {};
    const cuts = new Cuts(this.#chooser);
    const boot = (node: SimNode): void => {
      if (cuts.takesNode(node.index)) return;
      node.boots++;
      const incarnation = new Incarnation(node, this.#lab, this.#options.implementation);
      node.incarnation = incarnation;
      node.freeAtUs = world.nowUs;
      const context = this.#bootContext(world, incarnation, deadlines, makeDevicePorts(incarnation, devices));
      world.schedule(
        world.nowUs,
        node.index,
        new Boot(node, incarnation, context, this.#options.implementation),
      );
    };
    for (const node of world.nodes) boot(node);
    const party = new ScriptParty(world, isCutShort(this.#options.overrides));
    const scriptWorld = makeScriptWorld(world, party, {
      seed: this.#options.seed,
      servers: this.#servers,
      situations: this.#situations,
      devices,
      boot,
      bounds: this.#bounds,
      cuts,
    });
    this.#judges = this.#lab.judges(scriptWorld);
    startDevices(world, devices, (seen) => this.#observe(world, undefined, seen));
    const script = this.#lab.script(scriptWorld);
    const limitMs = this.#test.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
    party.schedule(limitMs * 1000, () => party.failed(new ViolationError(tookTooLong(limitMs))));
    // The machines are switched on first; a factory that is not asynchronous has then returned.
    party.schedule(SCRIPT_START_US, () => {
      void party.run(async () => {
        await this.#test.run(script, this.#plan);
        this.#isScriptDone = world.ending === undefined;
        world.finish();
      });
    });
  }

  /**
   * Asks the judges once more, when the script has come to its end. Outside of the watchdog: a judge that takes its
   * time is no hang of the code under test.
   */
  #lastViolation(world: World): Violation | undefined {
    if (!this.#isScriptDone || world.ending?.violation !== undefined) return undefined;
    const moment: Moment = { node: undefined, boot: 0, atMs: world.nowUs / 1000, sequence: world.sequence };
    for (const judge of this.#judges) {
      const violation = judge.finish?.(moment);
      if (violation === undefined) continue;
      if (judge.advisory !== true) return violation;
      this.#explanation ??= { ...boundedViolation(violation), atMs: moment.atMs };
    }
    return undefined;
  }

  #bootContext(
    world: World,
    incarnation: Incarnation,
    deadlines: Deadlines,
    deps: Record<string, unknown>,
  ): BootContext {
    const { node } = incarnation;
    const host = makeHost(incarnation, deadlines);
    const layers = this.#options.layers ?? {};
    return {
      host,
      role: node.role,
      servers: this.#servers,
      boot: incarnation.boot,
      settings: this.#test.settings ?? {},
      exports: {},
      layer: (id) => {
        const layer = layers[id];
        if (layer === undefined) throw new Error(`no implementation was given for the layer "${id}"`);
        return layer.instantiate(host.scope(id));
      },
      deps,
      observe: crossing(world.crossings, (seen: Observation) => this.#observe(world, incarnation, seen)),
      copy: crossing(world.crossings, copyOf) as BootContext['copy'],
      reached: crossing(world.crossings, (situation: string) => reach(world, this.#situations, situation)),
      ...(this.#options.inspect === true
        ? { peek: (seen: Observation) => this.#peek(world, incarnation, seen) }
        : {}),
    };
  }

  /** @param incarnation whose observation it is; `undefined` for a device's. */
  #observe(world: World, incarnation: Incarnation | undefined, seen: Observation): void {
    if (incarnation?.alive === false) return;
    const copied = copyValue(seen, 'the observation');
    const copy = copied.value as Observation;
    world.hash.add(incarnation?.node.index ?? -1, CODE.observe, copied.hash);
    if (copy.text !== undefined) world.trace('observe', incarnation?.node.id, copy.text);
    const moment = momentAt(world, incarnation);
    for (const judge of this.#judges) this.#heed(world, judge, judge.observe(copy, moment));
  }

  /** Shows something to the advisory judges alone: neither the verdict nor the trace hash may depend on it. */
  #peek(world: World, incarnation: Incarnation, seen: Observation): void {
    const copy = copyValue(seen, 'the inspection').value as Observation;
    const moment = momentAt(world, incarnation);
    for (const judge of this.#judges) {
      if (judge.advisory === true) this.#heed(world, judge, judge.observe(copy, moment));
    }
  }

  #heed(world: World, judge: Judge, broken: Violation | undefined): void {
    if (broken === undefined) return;
    if (judge.advisory !== true) return world.fail(broken);
    if (this.#explanation !== undefined) return;
    const violation = boundedViolation(broken);
    this.#explanation = { ...violation, atMs: world.nowUs / 1000 };
    world.trace('note', violation.node, `${violation.property}: ${violation.message}`);
  }
}

function momentAt(world: World, incarnation: Incarnation | undefined): Moment {
  return {
    node: incarnation?.node.id,
    boot: incarnation?.boot ?? 0,
    atMs: world.nowUs / 1000,
    sequence: world.sequence,
  };
}

function copyOf(value: unknown, what: string): unknown {
  return copyValue(value, what).value;
}

/** The first event of an incarnation: its code is evaluated, and the lab starts it. */
class Boot extends NodeWork {
  readonly code = CODE.boot;
  readonly #context: BootContext;
  readonly #implementation: Implementation;

  constructor(node: SimNode, incarnation: Incarnation, context: BootContext, implementation: Implementation) {
    super(node, incarnation);
    this.#context = context;
    this.#implementation = implementation;
  }

  get detail(): number {
    return this.node.boots;
  }

  execute(world: World, incarnation: Incarnation): void {
    const { node } = this;
    if (world.recorder !== undefined)
      world.cause = world.trace(
        'boot',
        node.id,
        incarnation.boot === 1 ? 'boot' : `boot ${incarnation.boot}`,
      );
    let exports: BootContext['exports'];
    try {
      exports = this.#implementation.instantiate(this.#context.host);
    } catch (error) {
      return incarnation.failed(error, ' while its code was loaded');
    }
    const context: BootContext = { ...this.#context, exports };
    const started = incarnation.lab.boot(context);
    const booted = (driver: unknown): void => {
      incarnation.driver = driver;
      incarnation.context = context;
      incarnation.isBooted = true;
    };
    if (started instanceof Promise)
      started.then(booted, (error: unknown) => incarnation.failed(error, ' while it started'));
    else booted(started);
  }
}

function findTest(lab: Lab, id: string): Test<unknown> {
  const test = [...lab.parts.flatMap((part) => part.tests), ...(lab.scenarios ?? [])].find(
    (candidate) => candidate.id === id,
  );
  if (test === undefined) throw new RangeError(`the lab ${lab.id} has no test "${id}"`);
  return test;
}

function explorationOf(world: World): Exploration {
  return {
    effects: Object.fromEntries(world.nodes.map((node) => [node.id, node.effects])),
    orderHash: world.nodes.map((node) => node.orderHash?.hex ?? '').join(''),
  };
}

function makeTotals(world: World): RunResult['counters'] {
  // The script's and the devices' events count, too.
  return { ...Account.sum(world.nodes.map(({ account }) => account)), events: world.sequence };
}

function toVerdict(world: World, explanation: (Violation & { readonly atMs: number }) | undefined): Verdict {
  const violation = world.ending?.violation;
  if (violation === undefined) return { status: 'pass' };
  return {
    status: 'fail',
    ...violation,
    atMs: world.nowUs / 1000,
    ...(explanation === undefined ? {} : { explanation }),
  };
}

function tookTooLong(limitMs: number): Violation {
  return {
    kind: 'liveness',
    property: 'progress',
    message: `the test did not come to its end within ${limitMs / 1000} s of virtual time`,
  };
}
