import { NO_GROUP, shardOf } from '@lockstep/api';
import type {
  Host,
  KvEntry,
  NodeId,
  ShardClerk,
  ShardClerkFactory,
  ShardConfiguration,
  ShardWrite,
  TransactionOutcome,
} from '@lockstep/api';
import type { ControllerRpc } from './controller.ts';
import type { GroupRpc } from './group.ts';
import { nonce } from './replica.ts';
import type { Decision, Lock, Name, Reply, Request } from './shard.ts';

/**
 * How long a transaction may stand in the way before others give it up, for each of its keys, at its first attempt.
 * Each attempt may take twice as long as the one before: or else transactions that all take longer give each other up
 * for ever.
 */
const PATIENCE_MS = 100;
/** It grows no further: whoever has crashed is given up in the end. */
const MAX_PATIENCE_MS = 2500;

/** Gives the names of what is done in a lane: each is to be over before the next is taken. */
type Lane = () => Name;

export const clerk: ShardClerkFactory = (host, controllers) => new Clerk(host, controllers);

class Clerk implements ShardClerk {
  readonly #host: Host;
  readonly #controllers: readonly NodeId[];
  #configuration: ShardConfiguration | undefined;
  readonly #leaders = new Map<number, NodeId>();
  #turn = 0;
  /** When transactions were first seen in the way. */
  readonly #met = new Map<string, number>();
  /** Lanes in which nothing is under way. */
  readonly #idle: Lane[] = [];

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#host = host;
    this.#controllers = controllers;
  }

  async get(key: string): Promise<KvEntry> {
    return (await this.#unlocked({ op: 'get', key })) as KvEntry;
  }

  async put(key: string, value: string): Promise<number> {
    return (await this.#write({ op: 'put', key, value })) as number;
  }

  async append(key: string, value: string): Promise<number> {
    return (await this.#write({ op: 'append', key, value })) as number;
  }

  async putIf(key: string, value: string, version: number): Promise<number | undefined> {
    const result = await this.#write({ op: 'put-if', key, value, version });
    return result === false ? undefined : (result as number);
  }

  async transact(reads: readonly string[], writes: readonly ShardWrite[]): Promise<TransactionOutcome> {
    const keys = [...new Set([...reads, ...writes.map(({ key }) => key)])].sort(byShard);
    if (keys.length === 0) return { hasCommitted: true, entries: [] };
    return this.#inLane(async (lane) => {
      for (let attempt = 0; ; attempt++) {
        const outcome = await this.#attempt(lane(), patience(attempt, keys.length), keys, reads, writes);
        if (outcome !== undefined) return outcome;
        await this.#pause(10, 40 + 40 * Math.min(attempt, 8));
      }
    });
  }

  /** Has a lane to itself while it works. What fails may not be over, and does not give the lane back. */
  async #inLane<Result>(work: (lane: Lane) => Promise<Result>): Promise<Result> {
    const lane = this.#idle.pop() ?? newLane(this.#host);
    const result = await work(lane);
    this.#idle.push(lane);
    return result;
  }

  /** Locks all keys, decides, and tidies up; `undefined`: somebody has given the transaction up. */
  async #attempt(
    name: Name,
    patienceMs: number,
    keys: readonly string[],
    reads: readonly string[],
    writes: readonly ShardWrite[],
  ): Promise<TransactionOutcome | undefined> {
    const [primary = ''] = keys;
    const found = new Map<string, KvEntry>();
    for (const key of keys) {
      const value = writes.find((write) => write.key === key)?.value;
      const lock = { op: 'lock', key, name, patienceMs, primary } as const;
      const reply = await this.#pushing(value === undefined ? lock : { ...lock, value });
      if (reply.kind === 'over') break;
      found.set(key, reply.value as KvEntry);
    }
    const holds = writes.every(
      ({ key, version }) => version === undefined || version === found.get(key)?.version,
    );
    const wanted: Decision = found.size < keys.length ? 'abort' : holds ? 'commit' : 'refuse';
    const decided = await this.#ask({ op: 'decide', key: primary, name, decision: wanted });
    const decision = valueOf(decided) as Decision;
    const isCommitted = decision === 'commit';
    // Every key, locked or not: that nothing of the transaction can come back is what the lane's next name stands for.
    await Promise.all(keys.map((key) => this.#ask({ op: 'resolve', key, name, isCommitted })));
    if (decision === 'abort') return undefined;
    const entries = reads.map((key) => found.get(key) ?? { value: '', version: 0 });
    return { hasCommitted: isCommitted, entries };
  }

  #write(request: Omit<Extract<Request, { op: 'put' | 'append' | 'put-if' }>, 'name'>): Promise<unknown> {
    return this.#inLane((lane) => this.#unlocked({ ...request, name: lane() }));
  }

  async #unlocked(request: Request): Promise<unknown> {
    return valueOf(await this.#pushing(request));
  }

  /** Asks until no lock is in the way. */
  async #pushing(request: Request): Promise<Extract<Reply, { kind: 'done' | 'over' }>> {
    for (;;) {
      const reply = await this.#ask(request);
      if (reply.kind !== 'locked') return reply;
      await this.#push(reply.key, reply.lock);
    }
  }

  /** Does what a transaction has left undone; gives up one that has taken too long. */
  async #push(key: string, { name, patienceMs, primary }: Lock): Promise<void> {
    const now = this.#host.clock.now();
    const id = `${name.lane}:${name.number}`;
    const since = this.#met.get(id) ?? now;
    this.#met.set(id, since);
    const isLate = now - since > patienceMs;
    const about = { key: primary, name } as const;
    const reply = await this.#ask(
      isLate ? { op: 'decide', ...about, decision: 'abort' } : { op: 'status', ...about },
    );
    const value = valueOf(reply);
    // Not decided yet; or the decision has been forgotten, and then the lock is gone as well.
    if (value === undefined) return this.#pause(5, 25);
    await this.#ask({ op: 'resolve', key, name, isCommitted: value === 'commit' });
  }

  /** Finds the group that has the key's shard, and asks it until it answers. */
  async #ask(
    request: Extract<Request, { op: 'status' | 'decide' | 'resolve' }>,
  ): Promise<Extract<Reply, { kind: 'done' | 'over' }>>;
  async #ask(request: Request): Promise<Exclude<Reply, { kind: 'wrong' }>>;
  async #ask(request: Request): Promise<Exclude<Reply, { kind: 'wrong' }>> {
    for (;;) {
      const group = this.#configuration?.shards[shardOf(request.key)] ?? NO_GROUP;
      const servers = this.#configuration?.groups[`${group}`] ?? [];
      const reply = await this.#askGroup(group, servers, request);
      if (reply !== undefined && reply.kind !== 'wrong') return reply;
      await this.#refresh();
      await this.#pause(10, 30);
    }
  }

  async #askGroup(
    group: number,
    servers: readonly NodeId[],
    request: Request,
  ): Promise<Reply | undefined> {
    const first = this.#leaders.get(group);
    const order = first === undefined ? servers : [first, ...servers.filter((id) => id !== first)];
    for (const id of order) {
      try {
        const reply = await this.#host.peer<GroupRpc>(id).operate(request, { timeoutMs: 400 });
        if (reply.kind === 'elsewhere') continue;
        this.#leaders.set(group, id);
        return reply;
      } catch {
        // The next one may be there.
      }
    }
    this.#leaders.delete(group);
    return undefined;
  }

  async #refresh(): Promise<void> {
    const id = this.#controllers[this.#turn++ % this.#controllers.length] ?? '';
    try {
      const latest = await this.#host.peer<ControllerRpc>(id).peek({}, { timeoutMs: 100 });
      if (latest !== undefined && latest.number >= (this.#configuration?.number ?? 0)) {
        this.#configuration = latest;
      }
    } catch {
      // The next one will know.
    }
  }

  #pause(loMs: number, hiMs: number): Promise<void> {
    return this.#host.clock.sleep(this.#host.random.integer(loMs, hiMs));
  }
}

function patience(attempt: number, keys: number): number {
  return Math.min(MAX_PATIENCE_MS, PATIENCE_MS * (1 + keys) * 2 ** attempt);
}

/** The order in which every clerk locks keys. */
function byShard(one: string, other: string): number {
  return shardOf(one) - shardOf(other) || (one < other ? -1 : 1);
}

function newLane(host: Host): Lane {
  const lane = nonce(host);
  let number = 0;
  return () => ({ lane, number: ++number });
}

function valueOf(reply: Extract<Reply, { kind: 'done' | 'over' }>): unknown {
  return reply.kind === 'done' ? reply.value : undefined;
}
