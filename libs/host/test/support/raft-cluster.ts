import type { RaftStatus } from '@lockstep/api';
import type { Proposal, RaftNodeSettings } from '../processes/raft-node.ts';
import { Child } from './child.ts';
import { Nodes } from './nodes.ts';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Three servers, each a process of the operating system. Waits as long as the test may take. */
export class RaftCluster {
  readonly ids: readonly string[];
  readonly #nodes: Nodes;
  readonly #program: string;
  readonly #children = new Map<string, Child>();
  /** Commands that a leader has reported as agreed upon. */
  readonly acknowledged: string[] = [];

  private constructor(nodes: Nodes, program: string) {
    this.#nodes = nodes;
    this.#program = program;
    this.ids = Object.keys(nodes.addresses);
  }

  static async start(program: string): Promise<RaftCluster> {
    const cluster = new RaftCluster(await Nodes.prepare(3), program);
    for (const id of cluster.ids) cluster.boot(id);
    return cluster;
  }

  boot(id: string): void {
    const { log: _log, ...options } = this.#nodes.options(id);
    const settings: RaftNodeSettings = { options, snapshotEvery: 20 };
    this.#children.set(id, new Child(this.#program, settings));
  }

  kill(id: string): Promise<void> {
    return this.#child(id).kill();
  }

  /** Ends all processes and removes their directories. */
  async close(): Promise<void> {
    await Promise.all(this.running.map((id) => this.kill(id)));
    await this.#nodes.close();
  }

  get running(): string[] {
    return this.ids.filter((id) => this.#children.get(id)?.isRunning === true);
  }

  status(id: string): Promise<RaftStatus> {
    return this.#child(id).ask('status');
  }

  commands(id: string): Promise<string[]> {
    return this.#child(id).ask('commands');
  }

  /** The server that leads in the latest term, once there is one. */
  async leader(): Promise<string> {
    for (;;) {
      let found: { readonly id: string; readonly term: number } | undefined;
      for (const id of this.running) {
        const { isLeader, term } = await this.status(id);
        if (isLeader && term > (found?.term ?? -1)) found = { id, term };
      }
      if (found !== undefined) return found.id;
      if (this.running.length === 0) throw new Error('nobody is there to lead');
      await pause();
    }
  }

  /** Proposes a command until it is agreed upon. It may then have been applied more than once. */
  async agree(command: string): Promise<void> {
    for (;;) {
      const proposal = await this.#child(await this.leader()).ask<Proposal>('propose', command);
      if (proposal === 'agreed') break;
    }
    this.acknowledged.push(command);
  }

  /** Waits until a server has applied everything that was acknowledged. */
  async caughtUp(id: string): Promise<string[]> {
    for (;;) {
      const commands = await this.commands(id);
      const applied = new Set(commands);
      if (this.acknowledged.every((command) => applied.has(command))) return commands;
      await pause();
    }
  }

  #child(id: string): Child {
    const child = this.#children.get(id);
    if (child === undefined) throw new RangeError(`there is no server ${id}`);
    return child;
  }
}
