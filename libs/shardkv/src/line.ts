import type { CallOptions, Client, Host, NodeId } from '@lockstep/api';

/** This server cannot answer, since it does not lead; somebody else may. */
export interface Elsewhere {
  readonly kind: 'elsewhere';
  /** Who leads, when known, and when it is not this server. */
  readonly leader?: NodeId;
}

/**
 * How long a server may take to answer. Longer than anything takes that is under way; so short that a client does not
 * cling to a leader that was cut off while others elect the next.
 */
export const CALL_TIMEOUT_MS = 400;

/** The line to a replicated service: it remembers who answered last, and looks for somebody else when nobody does. */
export class Line<Rpc extends object> {
  readonly #servers: readonly Client<Rpc>[];
  readonly #places: ReadonlyMap<NodeId, number>;
  /** The place of the server that is tried first. */
  #favourite: number;
  #misses = 0;

  constructor(host: Host, servers: readonly NodeId[]) {
    this.#servers = servers.map((id) => host.peer<Rpc>(id));
    this.#places = new Map(servers.map((id, place) => [id, place]));
    this.#favourite = servers.length === 0 ? 0 : host.random.integer(0, servers.length - 1);
  }

  /** How many servers there are. */
  get length(): number {
    return this.#servers.length;
  }

  /**
   * Asks one server. `undefined`: no answer that is one; the next attempt goes to another server. The request may be
   * carried out all the same, so it has to say which it is.
   */
  async attempt<Reply extends { readonly kind: string }>(
    request: (server: Client<Rpc>, options: CallOptions) => Promise<Reply | Elsewhere>,
    timeoutMs: number = CALL_TIMEOUT_MS,
  ): Promise<Reply | undefined> {
    const place = this.#favourite;
    const reply = await this.#try(place, request, timeoutMs);
    if (reply !== undefined && reply.kind !== 'elsewhere') {
      this.#favourite = place;
      this.#misses = 0;
      return reply as Reply;
    }
    // Of several requests that find out the same, the first goes on to another server for all of them.
    if (place === this.#favourite) this.moveOn(reply as Elsewhere | undefined);
    return undefined;
  }

  /**
   * The next attempt goes where the answer says, every other time. What servers say of the leader may be old, and two
   * that name each other must not keep a client for themselves.
   */
  moveOn(answer?: Elsewhere): void {
    this.#misses++;
    const hinted = answer?.leader === undefined ? undefined : this.#places.get(answer.leader);
    const next = (this.#favourite + 1) % Math.max(1, this.#servers.length);
    this.#favourite = hinted !== undefined && this.#misses % 2 === 1 ? hinted : next;
  }

  async #try<Reply>(
    place: number,
    request: (server: Client<Rpc>, options: CallOptions) => Promise<Reply>,
    timeoutMs: number,
  ): Promise<Reply | undefined> {
    const server = this.#servers[place];
    if (server === undefined) return undefined;
    try {
      return await request(server, { timeoutMs });
    } catch {
      // Whatever became of it: the request can be repeated.
      return undefined;
    }
  }
}
