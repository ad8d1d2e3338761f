import { NO_GROUP, shardOf } from '@lockstep/api';
import type {
  Host,
  KvEntry,
  NodeId,
  ShardClerk,
  ShardConfiguration,
  ShardWrite,
  TransactionOutcome,
} from '@lockstep/api';

import type { Busy, ControllerRpc } from './controller.ts';
import { Courier } from './courier.ts';
import type { Send } from './courier.ts';
import { Lanes } from './lanes.ts';
import type { Ticket } from './lanes.ts';
import type { GroupRpc, NotServed } from './messages.ts';
import type { Operation, OperationResult } from './operations.ts';
import { participantsOf } from './transactions.ts';
import type { Task } from './transactions.ts';

const CALL_TIMEOUT_MS = 700;
const QUERY_TIMEOUT_MS = 200;
const RETRY_MS = 40;

type Answer<Reply> = Exclude<Reply, NotServed | Busy>;

/** Makes a client of the store. */
export function clerk(host: Host, controllers: readonly NodeId[]): ShardClerk {
  return new Clerk(host, controllers);
}

class Clerk implements ShardClerk {
  readonly #host: Host;
  readonly #controllers: readonly NodeId[];
  readonly #courier: Courier<GroupRpc>;
  readonly #lanes: Lanes;
  #configuration: ShardConfiguration | undefined;
  #query: Promise<void> | undefined;

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#host = host;
    this.#controllers = controllers;
    this.#courier = new Courier(host);
    this.#lanes = new Lanes(host);
  }

  async get(key: string): Promise<KvEntry> {
    const result = await this.#operate({ lane: '', seq: 0 }, { kind: 'get', key });
    if (result.kind !== 'entry') throw new Error('a group answered another question');
    return result.entry;
  }

  async put(key: string, value: string): Promise<number> {
    return (await this.#write({ kind: 'put', key, value })) ?? 0;
  }

  async append(key: string, value: string): Promise<number> {
    return (await this.#write({ kind: 'append', key, value })) ?? 0;
  }

  putIf(key: string, value: string, version: number): Promise<number | undefined> {
    return this.#write({ kind: 'putIf', key, value, version });
  }

  async transact(reads: readonly string[], writes: readonly ShardWrite[]): Promise<TransactionOutcome> {
    const task: Task = { reads: [...reads], writes: writes.map((write) => ({ ...write })) };
    const home = participantsOf(task)[0];
    if (home === undefined) return { hasCommitted: true, entries: [] };
    return this.#lanes.use(async (ticket) => {
      const reply = await this.#ask(home, (peer, options) => peer.transact({ ticket, task }, options));
      // What was read is kept for copies of the request; there will be none that matter.
      if (reads.length > 0) void this.#forget(home, ticket);
      return reply.outcome;
    });
  }

  #write(operation: Operation): Promise<number | undefined> {
    return this.#lanes.use(async (ticket) => {
      const result = await this.#operate(ticket, operation);
      if (result.kind !== 'written') throw new Error('a group answered another question');
      return result.version;
    });
  }

  async #operate(ticket: Ticket, operation: Operation): Promise<OperationResult> {
    return this.#ask(shardOf(operation.key), (peer, options) => peer.operate({ ticket, operation }, options));
  }

  /** Asks the group that serves the shard, whichever that is, until it has answered. */
  async #ask<Reply extends { readonly kind: string }>(
    shard: number,
    send: Send<GroupRpc, Reply>,
  ): Promise<Answer<Reply>> {
    for (;;) {
      const reply = await this.#askOwner(shard, send);
      if (reply !== undefined && !isRefusal(reply)) return reply as Answer<Reply>;
      // The group may know more than this clerk, or less; only in the first case there is anything to learn now.
      const known = this.#configuration?.number ?? -1;
      if (reply === undefined || !isNotServed(reply) || reply.number <= known) {
        await this.#host.clock.sleep(RETRY_MS * (0.5 + this.#host.random.uniform()));
      }
      if (reply?.kind !== 'busy') await this.#learn();
    }
  }

  async #askOwner<Reply>(shard: number, send: Send<GroupRpc, Reply>): Promise<Reply | undefined> {
    if (this.#configuration === undefined) await this.#learn();
    const group = this.#configuration?.shards[shard] ?? NO_GROUP;
    const servers = this.#configuration?.groups[String(group)];
    if (servers === undefined) return undefined;
    return this.#courier.reach(String(group), servers, CALL_TIMEOUT_MS, send);
  }

  /** One try; operations that are under way together ask together. */
  #learn(): Promise<void> {
    this.#query ??= this.#queryController().finally(() => {
      this.#query = undefined;
    });
    return this.#query;
  }

  async #queryController(): Promise<void> {
    const id = this.#controllers[this.#host.random.integer(0, this.#controllers.length - 1)];
    if (id === undefined) return;
    const configuration = await this.#host
      .peer<ControllerRpc>(id)
      .latest({}, { timeoutMs: QUERY_TIMEOUT_MS })
      .catch(() => undefined);
    if (configuration === undefined || configuration.number <= (this.#configuration?.number ?? -1)) return;
    this.#configuration = configuration;
  }

  /** Once: if it is lost, the answer is kept until this lane's next request to the shard. */
  async #forget(shard: number, ticket: Ticket): Promise<void> {
    await this.#askOwner(shard, (peer, options) => peer.forget({ shard, ticket }, options));
  }
}

function isNotServed(reply: { readonly kind: string }): reply is NotServed {
  return reply.kind === 'not-served';
}

/** `stale` means that the client has gone on: that reply answers a late copy, never the request itself. */
function isRefusal(reply: { readonly kind: string }): boolean {
  return reply.kind === 'busy' || reply.kind === 'stale' || isNotServed(reply);
}
