import { NO_GROUP, SHARDS } from '@lockstep/api';
import type {
  GroupId,
  Host,
  NodeId,
  ShardAdministratorFactory,
  ShardConfiguration,
  ShardControllerFactory,
} from '@lockstep/api';
import { nonce, Replica } from './replica.ts';

type Change =
  | { readonly op: 'join'; readonly groups: Readonly<Record<string, readonly NodeId[]>> }
  | { readonly op: 'leave'; readonly groups: readonly GroupId[] }
  | { readonly op: 'move'; readonly shard: number; readonly group: GroupId };

type Command =
  | { readonly kind: 'change'; readonly id: string; readonly change: Change }
  | { readonly kind: 'query'; readonly number?: number };

type Answer = { readonly answer: number | ShardConfiguration } | { readonly leader: NodeId | undefined };

/** What a controller's servers answer. */
export interface ControllerRpc {
  ask(command: Command): Promise<Answer>;
  /** What this server knows: configuration `number`, or the latest. */
  peek(args: { readonly number?: number }): ShardConfiguration | undefined;
}

const FIRST: ShardConfiguration = {
  number: 0,
  shards: Array.from({ length: SHARDS }, () => NO_GROUP),
  groups: {},
};

class Machine {
  configurations = [FIRST];
  done = new Map<string, number>();

  get latest(): ShardConfiguration {
    return this.configurations.at(-1) ?? FIRST;
  }

  apply(command: Command): number | ShardConfiguration {
    if (command.kind === 'query') return this.configurations[command.number ?? -1] ?? this.latest;
    const known = this.done.get(command.id);
    if (known !== undefined) return known;
    const next = after(this.latest, command.change);
    this.configurations.push(next);
    this.done.set(command.id, next.number);
    return next.number;
  }

  save(): unknown {
    return { configurations: this.configurations, done: [...this.done] };
  }

  load(saved: unknown): void {
    const { configurations, done } = saved as {
      configurations: ShardConfiguration[];
      done: [string, number][];
    };
    this.configurations = [...configurations];
    this.done = new Map(done);
  }
}

function after({ number, shards, groups }: ShardConfiguration, change: Change): ShardConfiguration {
  const next = { number: number + 1, groups: { ...groups }, shards: [...shards] };
  if (change.op === 'move') {
    next.shards[change.shard] = change.group;
    return next;
  }
  if (change.op === 'join') Object.assign(next.groups, change.groups);
  else for (const id of change.groups) Reflect.deleteProperty(next.groups, `${id}`);
  next.shards = rebalanced(next.shards, Object.keys(next.groups).map(Number));
  return next;
}

/** Gives what nobody has to the poorest, and then one shard after the other from the richest to the poorest. */
function rebalanced(shards: readonly GroupId[], ids: readonly GroupId[]): GroupId[] {
  if (ids.length === 0) return shards.map(() => NO_GROUP);
  const groups = ids.toSorted((one, other) => one - other);
  const result = [...shards];
  const count = (group: GroupId): number => result.filter((owner) => owner === group).length;
  const poorest = (): GroupId => groups.reduce((best, one) => (count(one) < count(best) ? one : best));
  const richest = (): GroupId => groups.reduce((best, one) => (count(one) > count(best) ? one : best));
  for (const [shard, owner] of result.entries()) if (!groups.includes(owner)) result[shard] = poorest();
  while (count(richest()) - count(poorest()) > 1) {
    const [from, to] = [richest(), poorest()];
    result[result.indexOf(from)] = to;
  }
  return result;
}

export const controller: ShardControllerFactory = async (host, _peers, deps, options) => {
  const machine = new Machine();
  const replica = new Replica(host, machine);
  await replica.start(deps.raft, options.maxLogBytes);
  host.serve({
    async ask(command) {
      const proposed = await replica.propose(command);
      return proposed === undefined ? { leader: replica.leader } : { answer: proposed.result };
    },
    peek({ number }) {
      return number === undefined ? machine.latest : machine.configurations[number];
    },
  } satisfies ControllerRpc);
};

export const administrator: ShardAdministratorFactory = (host, controllers) => {
  const ask = (command: Command): Promise<number | ShardConfiguration> => askAll(host, controllers, command);
  const change = async (what: Change): Promise<number> =>
    (await ask({ kind: 'change', id: nonce(host), change: what })) as number;
  return {
    join: (groups) => change({ op: 'join', groups }),
    leave: (groups) => change({ op: 'leave', groups }),
    move: (shard, group) => change({ op: 'move', shard, group }),
    query: async (number) =>
      (await ask(number === undefined ? { kind: 'query' } : { kind: 'query', number })) as ShardConfiguration,
  };
};

async function askAll(
  host: Host,
  controllers: readonly NodeId[],
  command: Command,
): Promise<number | ShardConfiguration> {
  for (;;) {
    for (const id of controllers) {
      try {
        const reply = await host.peer<ControllerRpc>(id).ask(command, { timeoutMs: 400 });
        if ('answer' in reply) return reply.answer;
      } catch {
        // Somebody else will know.
      }
    }
    await host.clock.sleep(host.random.integer(10, 40));
  }
}
