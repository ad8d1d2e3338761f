import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { GroupId, Host, NodeId } from '@lockstep/api';

import type { ControllerRpc } from './controller.ts';
import type { GroupCommand, GroupMachine, GroupResult } from './group-machine.ts';
import type { Delivery, PullReply } from './messages.ts';
import { Backoff } from './neighbours.ts';
import type { Neighbours } from './neighbours.ts';
import type { Replica } from './replica.ts';
import type { Tasks } from './tasks.ts';

const POLL_MS = 100;
const CALL_TIMEOUT_MS = 300;
/** A shard takes longer than a question. */
const DELIVERY_TIMEOUT_MS = 1000;

/** What a leader does so that shards come and go. All of it follows from the replicated state. */
export class Custody {
  readonly #host: Host;
  readonly #group: GroupId;
  readonly #controllers: readonly NodeId[];
  readonly #machine: GroupMachine;
  readonly #replica: Replica<GroupCommand, GroupResult>;
  readonly #neighbours: Neighbours;
  readonly #tasks: Tasks;
  /** The installation that is under way: one at a time, since a shard may be large, and the log is to stay short. */
  #installing: Promise<unknown> = Promise.resolve();

  constructor(
    host: Host,
    place: { readonly group: GroupId; readonly controllers: readonly NodeId[] },
    machine: GroupMachine,
    replica: Replica<GroupCommand, GroupResult>,
    neighbours: Neighbours,
    tasks: Tasks,
  ) {
    this.#host = host;
    this.#group = place.group;
    this.#controllers = place.controllers;
    this.#machine = machine;
    this.#replica = replica;
    this.#neighbours = neighbours;
    this.#tasks = tasks;
  }

  /** Starts whatever is to be done now; called after every change of the state. */
  work(): void {
    if (!this.#replica.isLeader) return;
    this.#tasks.spawn('poll', () => this.#poll());
    for (let shard = 0; shard < SHARDS; shard++) {
      if (this.#isWanted(shard)) this.#tasks.spawn(`fetch ${shard}`, () => this.#fetch(shard));
      if (this.#isOnItsWay(shard)) this.#tasks.spawn(`hand over ${shard}`, () => this.#handOver(shard));
      const heir = this.#machine.owner(shard) ?? NO_GROUP;
      if (this.#isWaitingFor(heir, shard)) this.#tasks.spawn(`remind ${heir}`, () => this.#remind(heir));
    }
  }

  /** Installs a shard, unless it was here already; says whether it was, or is. */
  async install(delivery: Delivery): Promise<boolean> {
    const { shard, hops } = delivery;
    const installation = this.#installing.then(async () => {
      if (this.#machine.slot(shard).hops < hops)
        await this.#replica.propose({ kind: 'install', ...delivery });
    });
    this.#installing = installation;
    await installation;
    return this.#machine.slot(shard).hops >= hops;
  }

  /** Nobody tells a group of a change: the leader asks the controller, whichever of its servers. */
  async #poll(): Promise<void> {
    while (this.#replica.isLeader) {
      const id = this.#controllers[this.#host.random.integer(0, this.#controllers.length - 1)];
      if (id === undefined) return;
      const { number } = this.#machine.view;
      const configurations = await this.#host
        .peer<ControllerRpc>(id)
        .after({ number }, { timeoutMs: CALL_TIMEOUT_MS })
        .catch(() => []);
      const isNews = configurations.length > 0;
      const result = isNews ? await this.#replica.propose({ kind: 'configure', configurations }) : undefined;
      if (result === undefined) await this.#host.clock.sleep(POLL_MS);
    }
  }

  #isWanted(shard: number): boolean {
    return (
      this.#replica.isLeader &&
      this.#machine.owner(shard) === this.#group &&
      this.#machine.served(shard) === undefined
    );
  }

  /** Looks for the shard until it is here, or does not belong here any more. */
  async #fetch(shard: number): Promise<void> {
    const backoff = new Backoff(this.#host, 30, 500);
    while (this.#isWanted(shard)) {
      await this.#search(shard);
      if (this.#isWanted(shard)) await backoff.pause();
    }
  }

  /** Asks the groups that had the shard, the last one first; who has given it away knows to whom. */
  async #search(shard: number): Promise<void> {
    const trail = this.#machine.view.trails[shard] ?? [];
    const candidates = [...trail].reverse();
    const pointer = this.#machine.slot(shard).grantedTo;
    if (pointer !== undefined) candidates.unshift(pointer);
    const asked = new Set<GroupId>([this.#group]);
    for (let next = candidates.shift(); next !== undefined; next = candidates.shift()) {
      if (asked.has(next)) continue;
      asked.add(next);
      if (!this.#isWanted(shard)) return;
      const reply = await this.#pull(next, shard);
      if (reply?.kind === 'granted') {
        await this.install(reply.delivery);
        return;
      }
      if (reply?.kind === 'elsewhere' && reply.to !== undefined) candidates.unshift(reply.to);
    }
  }

  /** Asks one group. Which of the two knows less is told what the other knows. */
  async #pull(group: GroupId, shard: number): Promise<PullReply | undefined> {
    const ask = async (): Promise<PullReply | undefined> => {
      const request = { shard, group: this.#group, number: this.#machine.view.number };
      const reply = await this.#neighbours.group(group, DELIVERY_TIMEOUT_MS, (peer, options) =>
        peer.pull(request, options),
      );
      return reply?.kind === 'busy' ? undefined : reply;
    };
    const reply = await ask();
    if (reply?.kind === 'ahead') await this.#replica.propose({ kind: 'adopt', view: reply.view });
    if (reply?.kind !== 'behind') return reply;
    await this.#inform(group);
    return ask();
  }

  #isOnItsWay(shard: number): boolean {
    const { content, grantedTo } = this.#machine.slot(shard);
    return this.#replica.isLeader && content !== undefined && grantedTo !== undefined;
  }

  /**
   * Sees to it that a shard arrives that was granted: usually the new group has fetched it, and just has to say so. But
   * it may have learned meanwhile that the shard goes on to another group, and not want it any more. It has to take it
   * all the same, since nobody else may.
   */
  async #handOver(shard: number): Promise<void> {
    const backoff = new Backoff(this.#host, 60, 1000);
    for (let round = 0; this.#isOnItsWay(shard); round++) {
      await backoff.pause();
      const { hops, content, grantedTo } = this.#machine.slot(shard);
      if (content === undefined || grantedTo === undefined) return;
      const next = hops + 1;
      let reply = await this.#neighbours.group(grantedTo, CALL_TIMEOUT_MS, (peer, options) =>
        peer.hasTaken({ shard, hops: next }, options),
      );
      if (reply?.isTaken === false && round > 0) {
        const delivery = { shard, hops: next, content: content.save() };
        reply = await this.#neighbours.group(grantedTo, DELIVERY_TIMEOUT_MS, (peer, options) =>
          peer.deliver(delivery, options),
        );
      }
      if (reply?.isTaken === true) await this.#replica.propose({ kind: 'discard', shard, hops });
    }
  }

  /** Whether the shard could go to this group, which has not asked for it. */
  #isWaitingFor(heir: GroupId, shard: number): boolean {
    return (
      this.#replica.isLeader &&
      heir !== NO_GROUP &&
      heir !== this.#group &&
      this.#machine.owner(shard) === heir &&
      this.#machine.held(shard) !== undefined
    );
  }

  /** A new owner that does not ask may not hear the controller. */
  async #remind(heir: GroupId): Promise<void> {
    const backoff = new Backoff(this.#host, 400, 2000);
    const shards = [...new Array<undefined>(SHARDS).keys()];
    await backoff.pause();
    while (shards.some((shard) => this.#isWaitingFor(heir, shard))) {
      await this.#inform(heir);
      await backoff.pause();
    }
  }

  async #inform(group: GroupId): Promise<void> {
    const { view } = this.#machine;
    await this.#neighbours.group(group, CALL_TIMEOUT_MS, (peer, options) => peer.inform({ view }, options));
  }
}
