import { NO_GROUP, SHARDS, shardOf } from '@lockstep/api';
import type {
  Host,
  KvEntry,
  NodeId,
  ShardAdministratorFactory,
  ShardClerkFactory,
  ShardConfiguration,
  ShardControllerFactory,
  ShardKvImplementation,
  ShardServerFactory,
  ShardWrite,
} from '@lockstep/api';

/*
 * Works as long as nothing changes: the controller's first server decides alone, the first server of each group has its
 * shards in memory, and a shard that moves begins empty. Answers that are lost are asked for again, and done again.
 */
export const contract = 'shardkv/1';

type Change = { op: 'join'; groups: Readonly<Record<string, readonly NodeId[]>> } | { op: 'leave'; groups: readonly number[] } | { op: 'move'; shard: number; group: number };

interface ControllerRpc {
  change(change: Change): number;
  query(args: { number?: number }): ShardConfiguration;
}

interface GroupRpc {
  get(args: { key: string }): KvEntry;
  write(args: { key: string; value: string; isAppend: boolean; version?: number }): { version?: number };
}

const controller: ShardControllerFactory = (host) => {
  const all: ShardConfiguration[] = [{ number: 0, shards: Array.from({ length: SHARDS }, () => NO_GROUP), groups: {} }];
  host.serve({
    change(change) {
      const latest = all[all.length - 1];
      if (latest === undefined) return 0;
      const gone = change.op === 'leave' ? change.groups.map(String) : [];
      const staying = Object.entries(latest.groups).filter(([id]) => !gone.includes(id));
      const groups = { ...Object.fromEntries(staying), ...(change.op === 'join' ? change.groups : {}) };
      const shards = change.op === 'move' ? latest.shards.with(change.shard, change.group) : balanced(latest.shards, groups);
      all.push({ number: all.length, shards, groups });
      return all.length - 1;
    },
    query({ number }) {
      return all[number ?? all.length - 1] ?? all[all.length - 1] ?? { number: 0, shards: [], groups: {} };
    },
  } satisfies ControllerRpc);
};

function balanced(shards: readonly number[], groups: Readonly<Record<string, unknown>>): number[] {
  const ids = Object.keys(groups).map(Number);
  const result = shards.map((owner) => (ids.includes(owner) ? owner : NO_GROUP));
  if (ids.length === 0) return result;
  const count = (id: number): number => result.filter((owner) => owner === id).length;
  for (;;) {
    const ordered = ids.toSorted((one, other) => count(one) - count(other));
    const [poorest = 0, richest = 0] = [ordered[0], ordered.at(-1)];
    const homeless = result.indexOf(NO_GROUP);
    if (homeless < 0 && count(richest) - count(poorest) < 2) return result;
    result[homeless < 0 ? result.indexOf(richest) : homeless] = poorest;
  }
}

/** The first of these servers, again and again, until it answers. */
async function insist<Reply>(host: Host, ask: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await host.clock.sleep(20);
    }
  }
}

const administrator: ShardAdministratorFactory = (host, controllers) => {
  const first = host.peer<ControllerRpc>(controllers.toSorted()[0] ?? '');
  const change = (what: Change): Promise<number> => insist(host, () => first.change(what));
  return {
    join: (groups) => change({ op: 'join', groups }),
    leave: (groups) => change({ op: 'leave', groups }),
    move: (shard, group) => change({ op: 'move', shard, group }),
    query: (number) => insist(host, () => first.query(number === undefined ? {} : { number })),
  };
};

const server: ShardServerFactory = (host) => {
  const entries = new Map<string, KvEntry>();
  const get = (key: string): KvEntry => entries.get(key) ?? { value: '', version: 0 };
  host.serve({
    get: ({ key }) => get(key),
    write({ key, value, isAppend, version }) {
      const before = get(key);
      if (version !== undefined && version !== before.version) return {};
      const after = { value: isAppend ? before.value + value : value, version: before.version + 1 };
      entries.set(key, after);
      return { version: after.version };
    },
  } satisfies GroupRpc);
};

const clerk: ShardClerkFactory = (host, controllers) => {
  const owner = async (key: string): Promise<NodeId> => {
    const first = host.peer<ControllerRpc>(controllers.toSorted()[0] ?? '');
    for (;;) {
      const { shards, groups } = await insist(host, () => first.query({}));
      const [server] = groups[`${shards[shardOf(key)] ?? NO_GROUP}`] ?? [];
      if (server !== undefined) return server;
      await host.clock.sleep(20);
    }
  };
  const at = <Reply>(key: string, ask: (server: ReturnType<typeof peer>) => Promise<Reply>): Promise<Reply> =>
    insist(host, async () => ask(peer(await owner(key))));
  const peer = (id: NodeId) => host.peer<GroupRpc>(id);
  const get = (key: string): Promise<KvEntry> => at(key, (server) => server.get({ key }));
  const write = async (key: string, value: string, isAppend: boolean): Promise<number> =>
    (await at(key, (server) => server.write({ key, value, isAppend }))).version ?? 0;
  return {
    get,
    put: (key, value) => write(key, value, false),
    append: (key, value) => write(key, value, true),
    putIf: async (key, value, version) =>
      (await at(key, (server) => server.write({ key, value, isAppend: false, version }))).version,
    async transact(reads: readonly string[], writes: readonly ShardWrite[]) {
      const entries = await Promise.all(reads.map(get));
      const found = await Promise.all(writes.map(({ key }) => get(key)));
      const hasCommitted = writes.every(({ version }, i) => version === undefined || version === found[i]?.version);
      if (hasCommitted) await Promise.all(writes.map(({ key, value }) => write(key, value, false)));
      return { hasCommitted, entries };
    },
  };
};

export default { controller, administrator, server, clerk } satisfies ShardKvImplementation;
