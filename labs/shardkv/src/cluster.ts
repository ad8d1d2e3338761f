import type { NodeId, ShardConfiguration } from '@lockstep/api';
import { tokenOf } from '@lockstep/test-harness/judges';
import { ClientTasks, crashAtWork, cut, mend, RAFT_SCOPE } from '@lockstep/test-harness/services';
import type { Begun as BegunOn, Task as TaskOf } from '@lockstep/test-harness/services';
import type { Draw, NetworkControl, ScriptWorld } from '@lockstep/test-harness/suite';
import { Server } from './boot.ts';
import type { Driver } from './boot.ts';
import { Client } from './client.ts';
import * as N from './numbers.ts';
import type { RecordedAdministrator } from './recorded-administrator.ts';
import { topologyOf } from './settings.ts';
import type { Group, Topology } from './settings.ts';
import type { ShardSettings } from './settings.ts';

/** A task of a client machine. */
export type Task = TaskOf<Client>;

/** A task that has begun on a client machine. */
export type Begun = BegunOn<Client>;

/**
 * The controller, groups, clients and administrators of a test, as its script drives them. Nothing here judges safety;
 * that is the judges' business, who watch all the time.
 */
export class Cluster {
  readonly world: ScriptWorld<Driver>;
  readonly #tasks: ClientTasks<Driver, Client>;
  #topology: Topology | undefined;

  constructor(world: ScriptWorld<Driver>) {
    this.world = world;
    this.#tasks = new ClientTasks(world, (driver) => driver instanceof Client);
  }

  get draw(): Draw {
    return this.world.draw;
  }

  get network(): NetworkControl {
    return this.world.network;
  }

  /** The machines, by what they do; a test's names say it. */
  get machines(): Topology {
    this.#topology ??= readTopology(this.world);
    return this.#topology;
  }

  get controllers(): readonly NodeId[] {
    return this.machines.controllers;
  }

  get groups(): readonly Group[] {
    return this.machines.groups;
  }

  get clients(): readonly NodeId[] {
    return this.machines.clients;
  }

  /** A group by its number, from 1. */
  group(id: number): Group {
    const group = this.groups.find((one) => one.id === id);
    if (group === undefined) throw new RangeError(`there is no group ${id}`);
    return group;
  }

  client(position: number): NodeId {
    return at(this.clients, position);
  }

  administrator(position = 0): NodeId {
    return at(this.machines.administrators, position);
  }

  sleep(ms: number): Promise<void> {
    return this.world.sleep(ms);
  }

  reached(situation: string): void {
    this.world.reached(situation);
  }

  /** A token that nobody can guess and that occurs nowhere else, of some length at least. */
  token(length = 0): string {
    return tokenOf(this.world.nonce().padEnd(length, '.'));
  }

  // Tasks of clients and administrators.

  begin(client: NodeId, what: string, task: Task): Promise<Begun> {
    return this.#tasks.begin(client, what, task);
  }

  hasEnded({ driver, number }: Begun): boolean {
    return driver.hasEnded(number);
  }

  /** Whether a task has come to its end, be it because its machine has crashed. */
  isOver(task: Begun): boolean {
    return this.#tasks.isOver(task);
  }

  ended(tasks: readonly Begun[], why: string, withinMs: number = N.SETTLE_MS): Promise<void> {
    return this.#tasks.ended(tasks, withinMs, why);
  }

  /** Runs one task, within the time that any ordinary operation takes. */
  async run(client: NodeId, what: string, task: Task, withinMs: number = N.SETTLE_MS): Promise<void> {
    const begun = await this.begin(client, what, task);
    await this.ended([begun], `${what}, with all that it takes in reach`, withinMs);
  }

  /** Has the endless tasks of all clients come to their end. */
  stop(): Promise<void> {
    return this.#tasks.stop(this.clients);
  }

  stopAdministrators(): Promise<void> {
    return this.#tasks.stop(this.machines.administrators);
  }

  /** Has an administrator do something. */
  administer(what: string, task: (administrator: RecordedAdministrator) => Promise<unknown>): Promise<void> {
    return this.run(this.administrator(), what, async (machine) => {
      await task(machine.makeAdministrator());
    });
  }

  /** Groups join, together. */
  join(...ids: readonly number[]): Promise<void> {
    return this.administer(`groups ${ids.join(', ')} join`, (one) => one.join(this.serversOf(ids)));
  }

  /** Groups leave, together. */
  leave(...ids: readonly number[]): Promise<void> {
    return this.administer(`groups ${ids.join(', ')} leave`, (one) => one.leave(ids));
  }

  move(shard: number, group: number): Promise<void> {
    return this.administer(`shard ${shard} moves to ${group}`, (one) => one.move(shard, group));
  }

  /** The servers of groups, as a join names them. */
  serversOf(ids: readonly number[]): Record<string, readonly NodeId[]> {
    return Object.fromEntries(ids.map((id) => [id, [...this.group(id).servers]]));
  }

  /** The latest configuration. */
  async configuration(): Promise<ShardConfiguration> {
    const found: ShardConfiguration[] = [];
    await this.administer('a look at the configuration', async (one) => found.push(await one.query()));
    const [configuration] = found;
    if (configuration === undefined) throw new Error('the look has ended without a configuration');
    return configuration;
  }

  // Faults.

  crash(...nodes: readonly NodeId[]): void {
    for (const node of nodes) if (this.world.isUp(node)) this.world.crash(node);
  }

  /** Crashes a server after `effects` of its effects, or after `withinMs` in which it does not do that much. */
  async crashAtWork(server: NodeId, effects: number, withinMs: number = N.SETTLE_MS): Promise<void> {
    await crashAtWork(this.world, server, effects, withinMs);
  }

  restart(...nodes: readonly NodeId[]): void {
    for (const node of nodes) if (!this.world.isUp(node)) this.world.restart(node);
  }

  cut(some: readonly NodeId[], others: readonly NodeId[]): void {
    cut(this.network, some, others);
  }

  mend(some: readonly NodeId[], others: readonly NodeId[]): void {
    mend(this.network, some, others);
  }

  /** Every server, of controllers and groups. */
  get servers(): readonly NodeId[] {
    const { controllers, otherControllers, groups } = this.machines;
    return [...controllers, ...otherControllers, ...groups.flatMap(({ servers }) => servers)];
  }

  // Leaders.

  /** A server of these that says that it leads, of the latest term. */
  leader(among: readonly NodeId[]): NodeId | undefined {
    let best: { node: NodeId; term: number } | undefined;
    for (const node of among) {
      const driver = this.world.driver(node);
      if (!(driver instanceof Server) || !driver.below.status.isLeader) continue;
      const { term } = driver.below.status;
      if (best === undefined || term > best.term) best = { node, term };
    }
    return best?.node;
  }

  async waitForLeader(among: readonly NodeId[]): Promise<NodeId> {
    return this.world.until(() => this.leader(among), {
      withinMs: N.LEADER_MS,
      violation: () => ({
        kind: 'liveness',
        property: 'leader election',
        message: `None of ${among.join(', ')} came to lead within ${N.LEADER_MS / 1000} s`,
      }),
    });
  }

  // Measures.

  /** Raft's bytes on a server's disk, its snapshot apart. */
  logBytes(node: NodeId): number {
    const driver = this.world.driver(node);
    const snapshot = driver instanceof Server ? driver.below.snapshotBytes : 0;
    return this.world.diskBytes(node, RAFT_SCOPE) - snapshot;
  }

  /** How many snapshots a server has taken since it booted. */
  snapshots(node: NodeId): number {
    const driver = this.world.driver(node);
    return driver instanceof Server ? driver.below.taken : 0;
  }

  /** Everything that the servers of all groups have on their disks. */
  groupBytes(): number {
    const nodes = this.groups.flatMap(({ servers }) => servers);
    return nodes.reduce((sum, node) => sum + this.world.diskBytes(node), 0);
  }

  /** Raft's log on every server, the controller's too, is to stay below a multiple of the size for compacting it. */
  boundLogs(maxLogBytes = N.LOG_BYTES): void {
    const nodes = [...this.controllers, ...this.groups.flatMap(({ servers }) => servers)];
    const largest = Math.max(...nodes.map((node) => this.logBytes(node)));
    this.world.bound('bytes of Raft state on disk', largest, { atMost: N.LOG_FACTOR * maxLogBytes });
  }
}

function at(nodes: readonly NodeId[], position: number): NodeId {
  const node = nodes[position % nodes.length];
  if (node === undefined) throw new RangeError('the test has no such machine');
  return node;
}

/** What a test has set shows in the names of its machines. */
function readTopology({ nodes, servers }: ScriptWorld<Driver>): Topology {
  const count = (pattern: RegExp): number => nodes.filter((node) => pattern.test(node)).length;
  const groups = new Set(nodes.flatMap((node) => /^g(\d+)/.exec(node)?.[1] ?? [])).size;
  const settings: ShardSettings = {
    groups,
    groupSize: groups === 0 ? 0 : count(/^g1[a-z]$/),
    clients: count(/^c\d/),
    administrators: count(/^admin/),
    otherControllers: count(/^m\d/),
  };
  return topologyOf(servers, settings);
}
