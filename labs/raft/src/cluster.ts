import type { NodeId, StartResult } from '@lockstep/api';
import { encode } from '@lockstep/api';
import { Interrupted } from '@lockstep/test-harness/suite';
import type { Draw, NetworkControl, ScriptWorld } from '@lockstep/test-harness/suite';
import { RAFT_SCOPE } from './boot.ts';
import { makeCommand, show } from './commands.ts';
import type { Command } from './commands.ts';
import type { Driver } from './driver.ts';
import * as N from './numbers.ts';
import { count, describeServers } from './report.ts';
import type { ServerReport } from './report.ts';

/** A command that a server has accepted, and the place that it answered. */
export interface Start extends StartResult {
  readonly node: NodeId;
  readonly command: Command;
}

/**
 * The servers of a test as its script drives them: the course's helpers, with the course's numbers. A
 * helper that waits for something in vain ends the run with a liveness violation. Nothing here judges
 * safety; that is the judges' business, who watch all the time.
 */
export class Cluster {
  readonly servers: readonly NodeId[];
  readonly #world: ScriptWorld<Driver>;
  /** Of servers that have crashed: what their service's newest snapshot took. */
  readonly #snapshotBytes = new Map<NodeId, number>();

  constructor(world: ScriptWorld<Driver>) {
    this.#world = world;
    this.servers = world.servers;
  }

  /** For what has no helper here. */
  get world(): ScriptWorld<Driver> {
    return this.#world;
  }

  get draw(): Draw {
    return this.#world.draw;
  }

  get network(): NetworkControl {
    return this.#world.network;
  }

  get size(): number {
    return this.servers.length;
  }

  /** The server `steps` places after `node`, going round. */
  after(node: NodeId, steps: number): NodeId {
    return this.at(this.servers.indexOf(node) + steps);
  }

  /** The server at a position, going round. */
  at(position: number): NodeId {
    const node = this.servers[position % this.size];
    if (node === undefined) throw new RangeError(`there is no server ${position}`);
    return node;
  }

  /** Servers that run and can be reached. */
  get connected(): NodeId[] {
    return this.servers.filter((node) => this.isConnected(node));
  }

  isConnected(node: NodeId): boolean {
    return this.#world.isUp(node) && this.network.isConnected(node);
  }

  sleep(ms: number): Promise<void> {
    return this.#world.sleep(ms);
  }

  /** Runs threads of the script side by side, and waits for all of them. */
  async together(bodies: readonly (() => Promise<void>)[]): Promise<void> {
    await Promise.all(bodies.map((body) => this.#world.spawn(body)));
  }

  reached(situation: string): void {
    this.#world.reached(situation);
  }

  // Faults.

  disconnect(...nodes: NodeId[]): void {
    for (const node of nodes) this.network.disconnect(node);
  }

  connect(...nodes: NodeId[]): void {
    for (const node of nodes) this.network.connect(node);
  }

  /** Stops servers dead, in the same instant. */
  crash(...nodes: NodeId[]): void {
    for (const node of nodes) {
      this.#snapshotBytes.set(node, this.#snapshotBytesOf(node));
      if (this.#world.isUp(node)) this.#world.crash(node);
    }
  }

  /** Boots servers that are down, and connects them. */
  restart(...nodes: NodeId[]): void {
    for (const node of nodes) {
      if (!this.#world.isUp(node)) this.#world.restart(node);
      this.connect(node);
    }
  }

  // Leaders and terms.

  /** The latest term that a server has reported in this boot, or 0. */
  termOf(node: NodeId): number {
    return this.#world.driver(node)?.status.term ?? 0;
  }

  /** Connected servers that say that they lead, the latest term first. */
  claimants(): NodeId[] {
    const leading = this.connected.filter((node) => this.#world.driver(node)?.status.isLeader === true);
    return leading.sort((a, b) => this.termOf(b) - this.termOf(a));
  }

  /** Waits until a connected server leads, and gives the one of the latest term: about five seconds at most. */
  async checkOneLeader(): Promise<NodeId> {
    const from = this.#world.now;
    for (let round = 0; round < N.LEADER_ROUNDS; round++) {
      await this.sleep(this.draw.integer(N.LEADER_ROUND_MIN_MS, N.LEADER_ROUND_MAX_MS));
      const [leader] = this.claimants();
      if (leader !== undefined) return leader;
    }
    const up = count(this.connected.length, 'connected server');
    return this.notLive('leader election', `a leader among the ${up} of ${this.size}`, from);
  }

  /** Waits for the moment in which a connected server says that it leads, about five seconds at most. */
  waitForLeader(): Promise<NodeId> {
    const from = this.#world.now;
    const withinMs = N.LEADER_ROUNDS * N.LEADER_ROUND_MAX_MS;
    return this.#world.until(() => this.claimants()[0], {
      withinMs,
      everyMs: 1,
      violation: () => this.liveness('leader election', 'a leader', from),
    });
  }

  /** Waits, for one election time at most, until all connected servers are in the same term, and gives it. */
  checkTerms(): Promise<number> {
    const from = this.#world.now;
    return this.#world.until(
      () => {
        const terms = new Set(this.connected.map((node) => this.termOf(node)));
        const [term] = terms;
        return terms.size === 1 ? term : undefined;
      },
      {
        withinMs: N.ELECTION_MS,
        violation: () =>
          this.liveness('agreement on the term', 'all connected servers to be in one term', from),
      },
    );
  }

  /** A server that leads has told its service so, through `onLeader`. */
  checkOnLeaderCalled(leader: NodeId): void {
    const driver = this.#world.driver(leader);
    if (driver === undefined || !driver.status.isLeader || driver.service.ledTerm === driver.status.term)
      return;
    this.#world.fail({
      kind: 'safety',
      property: 'contract',
      message: `${leader} says that it leads term ${driver.status.term}, but has not called options.onLeader for it`,
      node: leader,
    });
  }

  /** No connected server may say that it leads, for none of them can reach a majority. */
  checkNoLeader(): void {
    const [leader] = this.claimants();
    if (leader === undefined) return;
    this.#world.fail({
      kind: 'safety',
      property: 'election needs a majority',
      message:
        `${leader} says that it leads term ${this.termOf(leader)}, but can reach no majority: of ${this.size} ` +
        `servers only ${this.connected.length} can be reached. ${this.describe()}`,
      node: leader,
    });
  }

  // Agreement.

  /** A leader puts a command right behind its last entry, which leaves only these indexes. */
  checkNextIndex({ node, command, index }: Start, ...expected: readonly number[]): void {
    if (expected.includes(index)) return;
    this.#world.fail({
      kind: 'safety',
      property: 'log indexes',
      message:
        `${node} put ${show(command)} at index ${index}, where only ${expected.join(' or ')} can be: a leader ` +
        'appends behind its last entry, and Raft adds no entries of its own',
      node,
    });
  }

  /** Calls `start` on one server with a fresh command; `undefined` when it is not the leader, or not there. */
  start(node: NodeId, operation: string): Promise<Start | undefined> {
    return this.#propose(node, makeCommand(operation, this.#world.nonce()));
  }

  async #propose(node: NodeId, command: Command): Promise<Start | undefined> {
    try {
      const name = `start(${show(command)})`;
      const result = await this.#world.invoke(node, name, (driver) => driver.propose(command));
      return result === undefined ? undefined : { ...result, node, command };
    } catch (error) {
      if (error instanceof Interrupted) return undefined;
      throw error;
    }
  }

  /**
   * Calls `start` on every server that is up, one after the other, and gives the last acceptance: of a connected server
   * if there is one, for a leader that is cut off may go on believing that it leads.
   */
  async startEverywhere(operation: string): Promise<Start | undefined> {
    // A nonce for all, told apart by the server: each call still has a command of its own.
    const nonce = this.#world.nonce();
    let connected: Start | undefined;
    let cutOff: Start | undefined;
    for (const node of this.servers) {
      if (!this.#world.isUp(node)) continue;
      const accepted = await this.#propose(node, makeCommand(operation, `${nonce}.${node}`));
      if (accepted === undefined) continue;
      if (this.isConnected(node)) connected = accepted;
      else cutOff = accepted;
    }
    return connected ?? cutOff;
  }

  /** Waits for a leader and has it take a command; elections may get in between a few times. */
  async startAtLeader(operation: string): Promise<Start> {
    const from = this.#world.now;
    for (let attempt = 0; attempt < 5; attempt++) {
      const accepted = await this.start(await this.checkOneLeader(), operation);
      if (accepted !== undefined) return accepted;
    }
    return this.notLive('leader stability', `a leader to accept ${show(operation)}`, from);
  }

  /** Servers whose service has applied `index` since their boot. */
  appliedBy(index: number): NodeId[] {
    return this.servers.filter((node) => this.#world.driver(node)?.appliedAt(index) !== undefined);
  }

  /** Waits until one server has applied `index`, so long at most. */
  untilApplied(
    node: NodeId,
    index: number,
    options: { readonly withinMs: number; readonly everyMs?: number },
  ): Promise<boolean> {
    const from = this.#world.now;
    return this.#world.until(() => this.#world.driver(node)?.appliedAt(index) !== undefined, {
      ...options,
      violation: () => this.liveness('agreement', `${node} to apply index ${index}`, from),
    });
  }

  /** Nothing may be applied at `index`, for no majority can have stored it. */
  checkNotCommitted(index: number): void {
    const [node] = this.appliedBy(index);
    if (node === undefined) return;
    this.#world.fail({
      kind: 'safety',
      property: 'commitment needs a majority',
      message: `${node} has applied index ${index}, though no majority can be reached. ${this.describe()}`,
      node,
    });
  }

  /**
   * Full agreement: submits commands, one after the other, until `expected` servers have applied one of
   * them, within ten seconds; gives its index. Without `retry`, the first command that is accepted has
   * to make it, within two.
   */
  async agree(operation: string, expected: number, options: { readonly retry: boolean }): Promise<number> {
    const from = this.#world.now;
    let next = 0;
    while (this.#world.now - from < N.AGREE_MS) {
      let accepted: Start | undefined;
      for (let tries = 0; tries < this.size && accepted === undefined; tries++) {
        const node = this.at(next++);
        if (this.isConnected(node)) accepted = await this.start(node, operation);
      }
      if (accepted === undefined) await this.sleep(N.NO_LEADER_PAUSE_MS);
      else if (await this.#isAppliedInTime(accepted, expected)) return accepted.index;
      else if (!options.retry) break;
    }
    return this.notLive('agreement', `${count(expected, 'server')} to apply ${show(operation)}`, from);
  }

  async #isAppliedInTime({ index, command }: Start, expected: number): Promise<boolean> {
    const from = this.#world.now;
    while (this.#world.now - from < N.ATTEMPT_MS) {
      const applied = this.appliedBy(index);
      const isOurs = applied.every((node) => this.#world.driver(node)?.appliedAt(index) === command);
      if (!isOurs) return false;
      if (applied.length >= expected) return true;
      await this.sleep(N.POLL_MS);
    }
    return false;
  }

  /**
   * Waits until `expected` servers have applied `index`, some twenty seconds at most, and gives the
   * command. Gives `undefined` as soon as a server has left `term` for a later one, if that is set.
   */
  async waitFor(index: number, expected: number, term?: number): Promise<Command | undefined> {
    const from = this.#world.now;
    let pauseMs = N.WAIT_FIRST_MS;
    for (let poll = 0; poll < N.WAIT_POLLS; poll++) {
      const applied = this.appliedBy(index);
      const [first] = applied;
      if (first !== undefined && applied.length >= expected)
        return this.#world.driver(first)?.appliedAt(index);
      if (term !== undefined && this.servers.some((node) => this.termOf(node) > term)) return undefined;
      await this.sleep(pauseMs);
      if (pauseMs < N.WAIT_LAST_MS) pauseMs *= 2;
    }
    return this.notLive('agreement', `${count(expected, 'server')} to apply index ${index}`, from);
  }

  // Measures.

  /** Calls that all servers together have made since the world began. */
  get calls(): number {
    return this.#world.counters().calls;
  }

  /** Raft's bytes on a server's disk, without those of the newest snapshot that its service has seen. */
  stateBytes(node: NodeId): number {
    return this.#world.diskBytes(node, RAFT_SCOPE) - this.#snapshotBytesOf(node);
  }

  #snapshotBytesOf(node: NodeId): number {
    return this.#world.driver(node)?.service.snapshotBytes ?? this.#snapshotBytes.get(node) ?? 0;
  }

  // Failures.

  /** How all servers look now, for a message. */
  describe(): string {
    return describeServers(this.servers.map((node) => this.#report(node)));
  }

  /** Ends the run: what was awaited since `from` did not come. */
  notLive(property: string, awaited: string, from: number): never {
    return this.#world.fail(this.liveness(property, awaited, from));
  }

  liveness(
    property: string,
    awaited: string,
    from: number,
  ): { kind: 'liveness'; property: string; message: string } {
    const waited = `${Math.round(this.#world.now - from)} ms`;
    return {
      kind: 'liveness',
      property,
      message: `Waited ${waited} for ${awaited}, in vain. ${this.describe()}`,
    };
  }

  #report(id: NodeId): ServerReport {
    const driver = this.#world.driver(id);
    const isConnected = this.network.isConnected(id);
    if (driver === undefined) return { id, state: this.#world.isUp(id) ? 'booting' : 'down', isConnected };
    return { id, state: 'up', isConnected, status: driver.status, applied: driver.service.lastApplied };
  }
}

/** Bytes that a command takes in a message or on disk, alone. */
export function commandBytes(command: Command): number {
  return encode(command).length;
}
