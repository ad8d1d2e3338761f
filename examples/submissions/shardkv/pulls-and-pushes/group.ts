import { NO_GROUP, shardOf } from '@lockstep/api';
import type { GroupId, Host, NodeId, ShardConfiguration, ShardPlace, ShardServerFactory } from '@lockstep/api';
import type { ControllerRpc } from './controller.ts';
import { Replica } from './replica.ts';
import { Shard } from './shard.ts';
import type { Reply, Request } from './shard.ts';

/** A shard that comes from these servers, or is to be deleted there, by configuration `number`. */
interface Errand {
  readonly number: number;
  readonly servers: readonly NodeId[];
}

type Command =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'configure'; readonly next: ShardConfiguration }
  | { readonly kind: 'install'; readonly shard: number; readonly number: number; readonly data: unknown }
  | { readonly kind: 'delete'; readonly shard: number; readonly number: number }
  | { readonly kind: 'deleted'; readonly shard: number; readonly number: number };

/** What servers of groups answer to clerks and to each other. */
export interface GroupRpc {
  operate(request: Request): Promise<Reply | { readonly kind: 'elsewhere'; readonly leader?: NodeId }>;
  /** A shard that this group has lost by configuration `number`, or by one before it. */
  pull(args: { readonly shard: number; readonly number: number }): { readonly data?: unknown };
  remove(args: { readonly shard: number; readonly number: number }): Promise<boolean>;
}

const NOTHING: ShardConfiguration = { number: 0, shards: [], groups: {} };

class Machine {
  readonly #self: GroupId;
  configuration = NOTHING;
  /** The servers of the last owner of each shard. */
  homes = new Map<number, { readonly group: GroupId; readonly servers: readonly NodeId[] }>();
  shards = new Map<number, Shard>();
  pulling = new Map<number, Errand>();
  /** Shards that were lost, until the new owner has them. */
  lost = new Map<number, { readonly number: number; readonly shard: Shard }>();
  /** Shards that have come, and are yet to be deleted where they came from. */
  thanks = new Map<number, Errand>();

  constructor(self: GroupId) {
    this.#self = self;
  }

  apply(command: Command): Reply | undefined {
    switch (command.kind) {
      case 'request': {
        const shard = this.shards.get(shardOf(command.request.key));
        return shard === undefined ? { kind: 'wrong' } : shard.do(command.request);
      }
      case 'configure':
        return this.#configure(command.next);
      case 'install':
        return this.#install(command.shard, command.number, command.data);
      case 'delete': {
        const lost = this.lost.get(command.shard);
        if (lost !== undefined && lost.number <= command.number) this.lost.delete(command.shard);
        return undefined;
      }
      case 'deleted':
        if (this.thanks.get(command.shard)?.number === command.number) this.thanks.delete(command.shard);
        return undefined;
    }
  }

  #configure(next: ShardConfiguration): undefined {
    if (next.number !== this.configuration.number + 1 || this.pulling.size > 0) return;
    const { number, groups } = next;
    for (const [shard, owner] of next.shards.entries()) {
      const home = this.homes.get(shard);
      const mine = this.shards.get(shard);
      if (owner === this.#self && mine === undefined) {
        const kept = this.lost.get(shard);
        if (home === undefined) this.shards.set(shard, new Shard());
        else if (home.group !== this.#self) this.pulling.set(shard, { number, servers: home.servers });
        // Nobody has had it in between.
        else if (kept !== undefined) this.shards.set(shard, kept.shard);
        if (home === undefined || home.group === this.#self) this.lost.delete(shard);
      }
      if (owner !== this.#self && mine !== undefined) {
        this.shards.delete(shard);
        this.lost.set(shard, { number, shard: mine });
      }
      if (owner !== NO_GROUP) this.homes.set(shard, { group: owner, servers: groups[`${owner}`] ?? [] });
    }
    this.configuration = next;
  }

  #install(shard: number, number: number, data: unknown): undefined {
    const errand = this.pulling.get(shard);
    if (errand?.number !== number) return;
    this.pulling.delete(shard);
    this.lost.delete(shard);
    this.shards.set(shard, Shard.load(data));
    this.thanks.set(shard, errand);
  }

  save(): unknown {
    return {
      configuration: this.configuration,
      homes: [...this.homes],
      shards: [...this.shards].map(([number, shard]) => [number, shard.save()]),
      pulling: [...this.pulling],
      lost: [...this.lost].map(([place, { number, shard }]) => [place, number, shard.save()]),
      thanks: [...this.thanks],
    };
  }

  load(saved: unknown): void {
    const { configuration, homes, shards, pulling, lost, thanks } = saved as {
      configuration: ShardConfiguration;
      homes: [number, { group: GroupId; servers: NodeId[] }][];
      shards: [number, unknown][];
      pulling: [number, Errand][];
      lost: [number, number, unknown][];
      thanks: [number, Errand][];
    };
    this.configuration = configuration;
    this.homes = new Map(homes);
    this.shards = new Map(shards.map(([number, data]) => [number, Shard.load(data)]));
    this.pulling = new Map(pulling);
    this.lost = new Map(lost.map(([place, number, data]) => [place, { number, shard: Shard.load(data) }]));
    this.thanks = new Map(thanks);
  }
}

export const server: ShardServerFactory = async (host, place, deps, options) => {
  const machine = new Machine(place.group);
  const replica = new Replica<Command, Reply | undefined>(host, machine);
  await replica.start(deps.raft, options.maxLogBytes);
  host.serve({
    async operate(request) {
      const proposed = await replica.propose({ kind: 'request', request });
      const leader = replica.leader;
      if (proposed?.result !== undefined) return proposed.result;
      return leader === undefined ? { kind: 'elsewhere' } : { kind: 'elsewhere', leader };
    },
    pull({ shard, number }) {
      const lost = machine.lost.get(shard);
      if (machine.configuration.number < number || lost === undefined || lost.number > number) return {};
      return { data: lost.shard.save() };
    },
    async remove({ shard, number }) {
      const lost = machine.lost.get(shard);
      const isHere = lost !== undefined && lost.number <= number;
      if (!isHere && machine.configuration.number >= number && replica.isLeader) return true;
      return (await replica.propose({ kind: 'delete', shard, number })) !== undefined;
    },
  } satisfies GroupRpc);
  new Worker(replica, machine, place).start();
};

/** What a group's leader does by itself. */
class Worker {
  readonly #replica: Replica<Command, Reply | undefined>;
  readonly #machine: Machine;
  readonly #place: ShardPlace;
  readonly #host: Host;
  readonly #busy = new Set<string>();
  #turn = 0;

  constructor(replica: Replica<Command, Reply | undefined>, machine: Machine, place: ShardPlace) {
    this.#replica = replica;
    this.#machine = machine;
    this.#place = place;
    this.#host = replica.host;
  }

  start(): void {
    this.#host.clock.after(40, () => {
      if (this.#replica.isLeader) this.#look();
      this.start();
    });
  }

  #look(): void {
    const { pulling, thanks } = this.#machine;
    if (pulling.size === 0) this.#once('configure', () => this.#followController());
    for (const [shard, errand] of pulling) this.#once(`pull ${shard}`, () => this.#pull(shard, errand));
    for (const [shard, errand] of thanks) this.#once(`thank ${shard}`, () => this.#thank(shard, errand));
  }

  #once(name: string, work: () => Promise<void>): void {
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    void work().finally(() => this.#busy.delete(name));
  }

  async #followController(): Promise<void> {
    const { controllers } = this.#place;
    const id = controllers[this.#turn++ % controllers.length] ?? '';
    const number = this.#machine.configuration.number + 1;
    try {
      const next = await this.#host.peer<ControllerRpc>(id).peek({ number }, { timeoutMs: 100 });
      if (next !== undefined) await this.#replica.propose({ kind: 'configure', next });
    } catch {
      // The next one will know.
    }
  }

  async #pull(shard: number, { number, servers }: Errand): Promise<void> {
    for (const id of servers) {
      try {
        const { data } = await this.#host.peer<GroupRpc>(id).pull({ shard, number }, { timeoutMs: 300 });
        if (data === undefined) continue;
        await this.#replica.propose({ kind: 'install', shard, number, data });
        return;
      } catch {
        // The next one may be there.
      }
    }
  }

  async #thank(shard: number, { number, servers }: Errand): Promise<void> {
    for (const id of servers) {
      try {
        if (!(await this.#host.peer<GroupRpc>(id).remove({ shard, number }, { timeoutMs: 300 }))) continue;
        await this.#replica.propose({ kind: 'deleted', shard, number });
        return;
      } catch {
        // The next one may be there.
      }
    }
  }
}
