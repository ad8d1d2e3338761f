import type { CallOptions, Client, Host, NodeId } from '@lockstep/api';
import type { Elsewhere, KvRpc } from './messages.ts';

/**
 * How long a server may take to answer. Longer than anything takes that is under way; so short that a clerk does not
 * cling to a leader that was cut off while others elect the next.
 */
const CALL_TIMEOUT_MS = 400;

/**
 * The pause when nobody leads, drawn anew each time. It doubles with each round that found no leader, so that many
 * clerks do not wear out servers that have an election to hold; the longest is a fraction of one.
 */
const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 160;

/** Carries a clerk's requests to whoever leads, until one is answered. */
export class Courier {
  readonly #host: Host;
  readonly #servers: readonly Client<KvRpc>[];
  readonly #places: ReadonlyMap<NodeId, number>;
  /** The place of the server that is tried first: the last one to have answered. */
  #favourite: number;

  constructor(host: Host, servers: readonly NodeId[]) {
    this.#host = host;
    this.#servers = servers.map((id) => host.peer<KvRpc>(id));
    this.#places = new Map(servers.map((id, place) => [id, place]));
    this.#favourite = host.random.integer(0, servers.length - 1);
  }

  /** The first answer that is one. A request may be carried out more than once, so it has to say which it is. */
  async ask<Reply extends { readonly kind: string }>(
    request: (server: Client<KvRpc>, options: CallOptions) => Promise<Reply | Elsewhere>,
  ): Promise<Reply> {
    let place = this.#favourite;
    let longestMs = PAUSE_MIN_MS;
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#try(place, request);
      if (reply !== undefined && reply.kind !== 'elsewhere') {
        this.#favourite = place;
        return reply as Reply;
      }
      place = this.#next(place, attempt, reply as Elsewhere | undefined);
      // Once round, and nobody leads: it will take a moment.
      if (attempt % this.#servers.length !== 0) continue;
      longestMs = Math.min(PAUSE_MAX_MS, 2 * longestMs);
      await this.#host.clock.sleep(this.#host.random.integer(PAUSE_MIN_MS, longestMs));
    }
  }

  async #try<Reply>(
    place: number,
    request: (server: Client<KvRpc>, options: CallOptions) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const server = this.#servers[place];
    if (server === undefined) return undefined;
    try {
      return await request(server, { timeoutMs: CALL_TIMEOUT_MS });
    } catch {
      // Whatever became of it: the request can be repeated.
      return undefined;
    }
  }

  /**
   * Where to go from `place`: where its answer says, every other time. What servers say of the leader may be old, and
   * two that name each other must not keep a clerk for themselves.
   */
  #next(place: number, attempt: number, answer: Elsewhere | undefined): number {
    const hinted = answer?.leader === undefined ? undefined : this.#places.get(answer.leader);
    if (hinted !== undefined && attempt % 2 === 1) return hinted;
    return (place + 1) % this.#servers.length;
  }
}
