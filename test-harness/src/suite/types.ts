import type { Host, NodeId } from '@lockstep/api';
import type { NetworkModel } from '../world/network-model.ts';
import type { DiskModel } from '../world/disk-model.ts';
import type { Counters } from '../world/accounts.ts';
import type { Violation } from './verdict.ts';

/**
 * A lab: everything that the runner has to know of it. `Driver` is what one boot of one node gives
 * the lab's own code to hold on to; `Script` is what the lab's tests are written against; `Seen` are
 * the lab's observations, which its judges watch.
 */
export interface Lab<Driver = unknown, Script = unknown, Seen extends Observation = Observation> {
  /** Short and stable, e.g. `raft`; the first part of every test id. */
  readonly id: string;
  readonly title: string;
  /** The entry file of a submission, e.g. `raft.ts`. */
  readonly entry: string;
  /** The contract's version, e.g. `raft/1`. A submission that exports another `contract` is refused. */
  readonly contract: string;
  /** Path of the reference's entry file, relative to the lab's folder. Only the loader follows it. */
  readonly reference: string;
  /**
   * Libraries of ours that the reference is built from, besides `@lockstep/api`: the path of each one's entry file,
   * relative to the lab's folder, by the name that it is imported by. A submission can import none of them.
   */
  readonly libraries?: Readonly<Record<string, string>>;
  /** Ids of the labs whose implementation is injected below this one, bottom first. */
  readonly layers: readonly string[];
  readonly parts: readonly Part<Script>[];
  /**
   * Tiny tests made to be explored rather than graded: on a `deviations` network, with a `ScenarioPlan`. Their ids are
   * `<lab>/scenario/<name>`.
   */
  readonly scenarios?: readonly Test<Script>[];
  /** The machines of a test besides its servers (clients, say). */
  extraNodes?(test: Test<Script>): readonly NodeSpec[];
  /** Starts the implementation on one node; runs as an event of that node, at each boot. */
  boot(context: BootContext<Seen>): Driver | Promise<Driver>;
  /**
   * Looks at the node after each of its events and reports what changed, through `observe`. May call
   * only what the contract calls free of effects.
   */
  sample?(driver: Driver, context: BootContext<Seen>): void;
  /** Fresh judges for one run. */
  judges(world: WorldView): readonly Judge<Seen>[];
  /** What the tests of this lab are written against, for one run. */
  script(world: ScriptWorld<Driver>): Script;
}

/** A machine of a test. */
export interface NodeSpec {
  readonly id: NodeId;
  /** E.g. `server` or `client`; given to `boot`. */
  readonly role: string;
}

/** What a lab's `boot` gets: one boot of one node. */
export interface BootContext<Seen extends Observation = Observation> {
  readonly host: Host;
  readonly role: string;
  /** All servers of the test, this node included if it is one. */
  readonly servers: readonly NodeId[];
  /** Counts the boots of this node, from 1. */
  readonly boot: number;
  /** The test's own `settings`, or none. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What the implementation's entry file exports: an instance of its code for this node and boot alone. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** The exports of an injected layer below, in its own compartment. */
  layer(id: string): Readonly<Record<string, unknown>>;
  /** The environment's devices for this node, by name; see `Test.devices`. */
  readonly deps: Readonly<Record<string, unknown>>;
  /** Shows something to the judges, and puts it into the trace. Copied. */
  observe(seen: Seen): void;
  /**
   * A copy of plain data that the implementation handed over. What the lab's own code keeps, it must
   * keep as a copy: the original may change, or be a trap. Throws `NotPlainData`, naming `what`.
   */
  copy<T>(value: T, what: string): T;
  /** Says that a situation of the test's `situations` has come about, seen from this node. */
  reached(situation: string): void;
  /**
   * Present when the run may look into implementations (`inspect`): shows something to the advisory
   * judges alone. Leaves trace hash and accounts as they are.
   */
  readonly peek?: (seen: Seen) => void;
}

/**
 * Something that a lab's judges may want to know of. `kind` names it; `text` is its line in the timeline, if it
 * deserves one.
 */
export interface Observation {
  readonly kind: string;
  readonly text?: string;
}

/** Where and when an observation was made. */
export interface Moment {
  readonly node: NodeId | undefined;
  readonly boot: number;
  /** Virtual time in ms. */
  readonly atMs: number;
  /** Position in the global order of events: for histories, where times may be equal. */
  readonly sequence: number;
}

/** Watches one property. Returns a violation as soon as it is broken; the run then ends. */
export interface Judge<Seen extends Observation = Observation> {
  /** In the field's words, e.g. `state-machine safety`. */
  readonly property: string;
  /**
   * Only explains: its first violation is noted, and named beside the verdict of a run that fails for
   * another reason, but never fails a run by itself. It alone sees what `peek` shows.
   */
  readonly advisory?: true;
  observe(seen: Seen, moment: Moment): Violation | undefined;
  /** Called when the script has ended without a failure. */
  finish?(moment: Moment): Violation | undefined;
}

/** Reading the world without touching it. */
export interface WorldView {
  /** Virtual time in ms. */
  readonly now: number;
  /** All nodes, in the order of the test's declaration. */
  readonly nodes: readonly NodeId[];
  readonly servers: readonly NodeId[];
  isUp(node: NodeId): boolean;
  /** What a node (or one scope of it) did since the world began, all its boots; or all nodes together. */
  counters(node?: NodeId, scope?: string): Counters;
}

/** A graded part of a lab. */
export interface Part<Script> {
  /** A capital letter: `A`. */
  readonly id: string;
  readonly title: string;
  readonly tests: readonly Test<Script>[];
}

/** A test: data, and a script that drives. What is right and wrong is the judges' business. */
export interface Test<Script> {
  /** `<lab>/<part>/<name>`; stable, never reused. */
  readonly id: string;
  readonly title: string;
  /** What it checks and why, for the reader of a failure: two or three sentences, with the paper's section. */
  readonly about: string;
  readonly points: number;
  /** The number of servers; they are called `n1`, `n2`, … */
  readonly servers: number;
  /** The course's tests that this one answers for, e.g. `TestBackup3B`. */
  readonly course?: readonly string[];
  readonly network?: () => NetworkModel;
  readonly disk?: () => DiskModel;
  /** What the lab's `boot` has to know of this test, e.g. that its service takes snapshots. Plain data. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Members, by layer, that this test asks of layers below and that are optional in their contracts. An implementation
   * of a layer that does not name all of them is replaced by the layer's reference, in this test alone.
   */
  readonly asksOfLayers?: Readonly<Record<string, readonly string[]>>;
  /** Environment actors beyond network and disk; handed to `boot` in `deps`. */
  readonly devices?: () => Readonly<Record<string, Device>>;
  /** What a run must have reached to count. Reported by the script, or by the lab's observers, with `reached`. */
  readonly situations?: Readonly<Record<string, Situation>>;
  /** Virtual time that the whole script may take, in ms. Default 120,000, the course's own limit. */
  readonly timeLimitMs?: number;
  readonly budget?: Partial<Budget>;
  /** Draws the fault schedule and the workload up front: plain data, kept in the failure artefact. */
  plan?(draw: Draw): unknown;
  run(script: Script, plan: unknown): Promise<void>;
}

/**
 * A situation that a test is about. `always`: constructed, holds on every seed. `sometimes`: in at least `atLeast` of
 * `of` seeds.
 */
export type Situation = 'always' | { readonly atLeast: number; readonly of: number };

/** Deterministic bounds on a whole run; exceeding one is a failure of kind `budget`. */
export interface Budget {
  /** Events of the simulation. */
  readonly events: number;
  /** Messages of one node. */
  readonly messages: number;
  /** Bytes that one node sends. */
  readonly bytes: number;
  /** Timers of one node pending at the same time. */
  readonly timers: number;
  /** Log and console lines of one node; further ones are dropped with a note, never a failure. */
  readonly logLines: number;
}

/** Draws for a plan, or during a script. Each draw is one choice of the run's chooser. */
export interface Draw {
  /** An integer from `lo` to `hi`, both included. */
  integer(lo: number, hi: number): number;
  /** A number in [0, 1). */
  uniform(): number;
  /** True with probability `p`. */
  chance(p: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** `count` different items, in drawn order. */
  sample<T>(items: readonly T[], count: number): T[];
}

/**
 * An environment actor: a shared disk, a file system, a switch. It takes part in scheduling, choices,
 * faults and the trace: a node's call arrives as an event of the device, its answer as an event of the node.
 */
export interface Device {
  /** Handlers like a service's; `context` tells who called and when. Values cross as copies. */
  readonly handlers: Readonly<Record<string, (args: unknown, context: DeviceContext) => unknown>>;
  /**
   * How long a call takes to the device, and its answer back, in µs: drawn between the two for each. Default: 50 to
   * 100. With two equal numbers the calls of a node arrive in the order in which they were made.
   */
  readonly hopUs?: readonly [lo: number, hi: number];
  /** Called once, before anything happens, with the device's own hand on the world. */
  start?(world: DeviceWorld): void;
}

/** What a device's handler learns. */
export interface DeviceContext {
  readonly from: NodeId;
  /** The boot of the node that called, from 1. */
  readonly boot: number;
  /** Virtual time in ms. */
  readonly atMs: number;
  readonly draw: Draw;
  /** Puts a line into the timeline. */
  note(text: string): void;
  /**
   * Has the answer come later: what the handler returns is ignored then. It may never come, and one for a boot that
   * has ended reaches nobody.
   */
  defer(): DeferredAnswer;
}

/** The answer to a call that a device has put off; to be given once, in a later event of the device. */
export interface DeferredAnswer {
  answer(value: unknown): void;
  refuse(error: Error): void;
}

/** What a device may do by itself. */
export interface DeviceWorld {
  /** Virtual time in ms. */
  readonly atMs: number;
  readonly draw: Draw;
  isUp(node: NodeId): boolean;
  /** Which boot of a node is, or was, the latest; 0 before the first. */
  bootOf(node: NodeId): number;
  /** Runs `body` as an event of the device, after `ms` of virtual time. */
  after(ms: number, body: () => void): void;
  /** Shows something to the judges, and puts it into the trace. Copied. */
  observe<Seen extends Observation>(seen: Seen): void;
  /** Puts a line into the timeline. */
  note(text: string): void;
}

/** What a script drives. Every method acts at the current virtual time. */
export interface ScriptWorld<Driver = unknown> extends WorldView {
  readonly draw: Draw;
  readonly network: NetworkControl;
  /** The environment's devices of this run, by name: what `Test.devices` has made. */
  readonly devices: Readonly<Record<string, Device>>;
  /** 64 fresh bits in hex that nobody can guess, not even from all earlier ones: for commands and values. */
  nonce(): string;

  /** Lets virtual time pass. */
  sleep(ms: number): Promise<void>;
  /**
   * Lets time pass until `condition` gives something other than `undefined` or `false`, looking every
   * `everyMs` (default 10), and returns it. When `withinMs` have passed, the run fails with `violation()`.
   */
  until<T>(
    condition: () => T | undefined | false,
    options: { readonly withinMs: number; readonly everyMs?: number; readonly violation: () => Violation },
  ): Promise<T>;
  /** Runs another thread of the script; a violation in it ends the run. The run waits for it. */
  spawn(body: () => Promise<void>): Promise<void>;

  /**
   * Runs `body` with the node's driver as an event of the node, and resolves with a copy of its
   * result. Rejects with `Interrupted` when the node is down or booting, or crashes before the answer.
   * A violation or an exception of the implementation inside `body` is that node's crash.
   */
  invoke<R>(node: NodeId, name: string, body: (driver: Driver) => R): Promise<R>;
  /**
   * The driver itself, to read what the lab's own code keeps in it; `undefined` while the node is down
   * or booting. Nothing of the implementation may be called through it.
   */
  driver(node: NodeId): Driver | undefined;

  /**
   * Stops a node dead, now: memory, timers and calls in flight are gone, unconfirmed writes are at the disk model's
   * mercy.
   */
  crash(node: NodeId): void;
  /**
   * Crashes a node right after `effects` more of its effects (messages sent, writes submitted): a broadcast can be cut
   * short. Infinity takes back what an earlier call has armed.
   */
  crashAfterEffects(node: NodeId, effects: number): void;
  /** Boots a node that is down. */
  restart(node: NodeId): void;
  /** A paused node does nothing, and wakes up with everything that has arrived meanwhile. */
  pause(node: NodeId): void;
  resume(node: NodeId): void;
  /** Multiplies a node's service times. */
  slow(node: NodeId, factor: number): void;
  /** Skews a node's clock by `skewMs`, once, and makes it run at `rate` (1 is true) from now on. */
  bendClock(node: NodeId, bend: { readonly skewMs?: number; readonly rate?: number }): void;
  /** Replaces the disk model of one node. */
  useDisk(node: NodeId, model: DiskModel): void;
  /** Bytes in the scopes of a node's disk that begin with `scope` (default: all). */
  diskBytes(node: NodeId, scope?: string): number;

  /** Says that a situation of the test's `situations` has come about. */
  reached(situation: string): void;
  /** Puts a line into the timeline. */
  note(text: string): void;
  /** Ends the run. */
  fail(violation: Violation): never;
  /**
   * Records a measured value, and fails with kind `budget` when it is outside its bound. The headroom is shown in
   * reports.
   */
  bound(name: string, value: number, bound: { readonly atLeast?: number; readonly atMost?: number }): void;
}

/** The script's hand on the network. */
export interface NetworkControl {
  /** Replaces the model; messages on their way keep the fate that they have. */
  use(model: NetworkModel): void;
  /** Cuts the node off from everybody, both ways, until `connect`. Messages on their way are lost too. */
  disconnect(node: NodeId): void;
  connect(node: NodeId): void;
  isConnected(node: NodeId): boolean;
  /**
   * Nodes of different groups can't reach each other; replaces earlier partitions (not `disconnect`s). Nodes in no
   * group are alone.
   */
  partition(...groups: readonly (readonly NodeId[])[]): void;
  /** Cuts one direction of one link until `unblock`. */
  block(from: NodeId, to: NodeId): void;
  unblock(from: NodeId, to: NodeId): void;
  /** Undoes all disconnects, partitions and blocks. */
  heal(): void;
}
