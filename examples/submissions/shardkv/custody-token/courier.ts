import type { CallOptions, Client, Host, NodeId } from '@lockstep/api';

/** The answer of a server that does not lead its group. */
export interface NotLeader {
  readonly kind: 'not-leader';
  readonly leader: NodeId | undefined;
}

/** The answers that a server gives without asking its group. */
const UNSURE = new Set<unknown>(['busy', 'waiting', 'not-served', 'elsewhere', 'behind', 'ahead']);

/** Sends a request to one server. */
export type Send<S extends object, Reply> = (
  peer: Client<S>,
  options: CallOptions,
) => Promise<Reply | NotLeader>;

/** Finds the leader among the servers of a group, and remembers it for the next time. */
export class Courier<S extends object> {
  /** This server's own service, for requests to itself: they need no network. */
  own: Client<S> | undefined;
  readonly #host: Host;
  readonly #leaders = new Map<string, NodeId>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Asks each server once at most; `undefined` when none of them led, or answered. */
  async reach<Reply>(
    group: string,
    servers: readonly NodeId[],
    timeoutMs: number,
    send: Send<S, Reply>,
  ): Promise<Reply | undefined> {
    const left = new Set(servers);
    let next = this.#first(group, left);
    while (next !== undefined) {
      left.delete(next);
      const reply = await send(this.#peer(next), { timeoutMs }).catch(() => undefined);
      const hint = isNotLeader(reply) ? reply.leader : undefined;
      if (reply !== undefined && !isNotLeader(reply)) {
        if (isSure(reply)) this.#leaders.set(group, next);
        else this.#leaders.delete(group);
        return reply;
      }
      next = hint !== undefined && left.has(hint) ? hint : this.#any(left);
    }
    this.#leaders.delete(group);
    return undefined;
  }

  #first(group: string, servers: ReadonlySet<NodeId>): NodeId | undefined {
    if (this.own !== undefined && servers.has(this.#host.id)) return this.#host.id;
    const leader = this.#leaders.get(group);
    return leader !== undefined && servers.has(leader) ? leader : this.#any(servers);
  }

  #any(servers: ReadonlySet<NodeId>): NodeId | undefined {
    return servers.size === 0 ? undefined : [...servers][this.#host.random.integer(0, servers.size - 1)];
  }

  #peer(id: NodeId): Client<S> {
    return this.own !== undefined && id === this.#host.id ? this.own : this.#host.peer<S>(id);
  }
}

/**
 * Whether only a real leader can have answered this. What got nowhere may come from one that was deposed and has not
 * heard of it; who always asked the same server again would never learn of the next leader.
 */
function isSure(reply: unknown): boolean {
  return !(typeof reply === 'object' && reply !== null && 'kind' in reply && UNSURE.has(reply.kind));
}

function isNotLeader(reply: unknown): reply is NotLeader {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'not-leader';
}
