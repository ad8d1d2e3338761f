import type { CallOptions, Client, GroupId, Host, NodeId } from '@lockstep/api';

import { Courier } from './courier.ts';
import type { NotLeader } from './courier.ts';
import type { GroupMachine } from './group-machine.ts';
import type { GroupRpc } from './messages.ts';

type SendToGroup<Reply> = (peer: Client<GroupRpc>, options: CallOptions) => Promise<Reply | NotLeader>;

/** The way to other groups, by what this group knows of them. */
export class Neighbours {
  readonly #machine: GroupMachine;
  readonly #courier: Courier<GroupRpc>;

  constructor(host: Host, machine: GroupMachine) {
    this.#machine = machine;
    this.#courier = new Courier(host);
  }

  /** A group is its own neighbour, and needs no network for that. */
  set own(service: Client<GroupRpc>) {
    this.#courier.own = service;
  }

  async group<Reply>(
    group: GroupId,
    timeoutMs: number,
    send: SendToGroup<Reply>,
  ): Promise<Reply | undefined> {
    const servers: readonly NodeId[] | undefined = this.#machine.view.servers[String(group)];
    return servers === undefined ? undefined : this.#courier.reach(String(group), servers, timeoutMs, send);
  }

  /** The group that a shard is assigned to. */
  async owner<Reply>(shard: number, timeoutMs: number, send: SendToGroup<Reply>): Promise<Reply | undefined> {
    const group = this.#machine.owner(shard);
    return group === undefined ? undefined : this.group(group, timeoutMs, send);
  }
}

/** Pauses that grow, up to a limit, and are not the same on all servers. */
export class Backoff {
  readonly #host: Host;
  readonly #first: number;
  readonly #most: number;
  #next: number;

  constructor(host: Host, first: number, most: number) {
    this.#host = host;
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  async pause(): Promise<void> {
    const ms = this.#next * (0.75 + this.#host.random.uniform() / 2);
    this.#next = Math.min(this.#next * 2, this.#most);
    await this.#host.clock.sleep(ms);
  }

  reset(): void {
    this.#next = this.#first;
  }
}
