import type { NodeId } from '@lockstep/api';
import type { Draw, NetworkControl, ScriptWorld } from '@lockstep/test-harness/suite';
import { tokenOf } from '@lockstep/test-harness/judges';
import { ClientTasks, cut, RAFT_SCOPE } from '@lockstep/test-harness/services';
import type { Begun as BegunOn, RaftBelow } from '@lockstep/test-harness/services';
import { SAVED, Server } from './boot.ts';
import type { Driver } from './boot.ts';
import { Client } from './client.ts';
import type { Task } from './client.ts';
import * as N from './numbers.ts';

/** A task that has begun on a client machine. */
export type Begun = BegunOn<Client>;

/**
 * The servers and clients of a test, as its script drives them. Nothing here judges safety; that is the judges'
 * business, who watch all the time.
 */
export class Cluster {
  readonly servers: readonly NodeId[];
  readonly clients: readonly NodeId[];
  readonly world: ScriptWorld<Driver>;
  readonly #tasks: ClientTasks<Driver, Client>;

  constructor(world: ScriptWorld<Driver>) {
    this.world = world;
    this.#tasks = new ClientTasks(world, (driver) => driver instanceof Client);
    this.servers = world.servers;
    this.clients = world.nodes.filter((node) => !world.servers.includes(node));
  }

  get draw(): Draw {
    return this.world.draw;
  }

  get network(): NetworkControl {
    return this.world.network;
  }

  /** The server at a position, going round. */
  at(position: number): NodeId {
    const node = this.servers[position % this.servers.length];
    if (node === undefined) throw new RangeError(`there is no server ${position}`);
    return node;
  }

  client(position: number): NodeId {
    const node = this.clients[position % this.clients.length];
    if (node === undefined) throw new RangeError(`there is no client ${position}`);
    return node;
  }

  sleep(ms: number): Promise<void> {
    return this.world.sleep(ms);
  }

  reached(situation: string): void {
    this.world.reached(situation);
  }

  /** A token that nobody can guess and that occurs nowhere else. */
  token(): string {
    return tokenOf(this.world.nonce());
  }

  // Tasks of clients.

  begin(client: NodeId, what: string, task: Task): Promise<Begun> {
    return this.#tasks.begin(client, what, task);
  }

  hasEnded({ driver, number }: Begun): boolean {
    return driver.hasEnded(number);
  }

  /** Waits until tasks are over; those of machines that have crashed meanwhile are. */
  ended(tasks: readonly Begun[], withinMs: number, why: string): Promise<void> {
    return this.#tasks.ended(tasks, withinMs, why);
  }

  /** Runs one task, within the time that any ordinary operation takes. */
  async run(client: NodeId, what: string, task: Task, withinMs: number = N.SETTLE_MS): Promise<void> {
    const begun = await this.begin(client, what, task);
    await this.ended([begun], withinMs, `${what}, with a majority of the servers in reach`);
  }

  /** Has the endless tasks of all clients come to their end. */
  stop(): Promise<void> {
    return this.#tasks.stop(this.clients);
  }

  // Faults.

  crash(...nodes: readonly NodeId[]): void {
    for (const node of nodes) if (this.world.isUp(node)) this.world.crash(node);
  }

  restart(...nodes: readonly NodeId[]): void {
    for (const node of nodes) if (!this.world.isUp(node)) this.world.restart(node);
  }

  /** Cuts all links between two sets of machines, both ways; other links stay as they are. */
  cut(some: readonly NodeId[], others: readonly NodeId[]): void {
    cut(this.network, some, others);
  }

  /** Puts each server on one of two sides that do not hear each other; clients hear both. */
  splitServers(isLeft: (server: NodeId, place: number) => boolean): void {
    this.network.heal();
    const left = this.servers.filter(isLeft);
    this.cut(
      left,
      this.servers.filter((server) => !left.includes(server)),
    );
  }

  // Leaders.

  /** A server that says that it leads, of the latest term. */
  leader(among: readonly NodeId[] = this.servers): NodeId | undefined {
    let best: { node: NodeId; term: number } | undefined;
    for (const node of among) {
      const driver = this.world.driver(node);
      if (!(driver instanceof Server) || !driver.below.status.isLeader) continue;
      const { term } = driver.below.status;
      if (best === undefined || term > best.term) best = { node, term };
    }
    return best?.node;
  }

  /** Waits for a leader. */
  async waitForLeader(among: readonly NodeId[] = this.servers): Promise<NodeId> {
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
    return this.world.diskBytes(node, RAFT_SCOPE) - this.snapshotBytes(node);
  }

  /** Bytes of what the service has last handed to Raft, or got from it. */
  snapshotBytes(node: NodeId): number {
    return this.below(node)?.snapshotBytes ?? 0;
  }

  /** The Raft below a server; `undefined` while it is down or boots. */
  below(node: NodeId): RaftBelow | undefined {
    const driver = this.world.driver(node);
    return driver instanceof Server ? driver.below : undefined;
  }

  /** Bytes that a server without Raft takes over a planned restart. */
  savedBytes(node: NodeId): number {
    return this.world.diskBytes(node, SAVED);
  }

  /**
   * Has a server without Raft write down what it would need, and restarts it. Nobody can reach it from before it
   * writes: what it answered after that would be lost.
   */
  async plannedRestart(node: NodeId): Promise<void> {
    this.network.disconnect(node);
    await this.world.invoke(node, 'save', (driver) => {
      if (driver instanceof Server) driver.save();
    });
    await this.world.until(
      () => {
        const driver = this.world.driver(node);
        return driver instanceof Server && driver.isSaved;
      },
      {
        withinMs: N.SETTLE_MS,
        everyMs: 1,
        violation: () => ({ kind: 'liveness', property: 'progress', message: `${node} was not saved` }),
      },
    );
    this.crash(node);
    this.restart(node);
    this.network.connect(node);
  }
}
