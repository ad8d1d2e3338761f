import type { CallOptions, Client, Host, NodeId } from '@lockstep/api';
import type { GroupRpc, Refusal } from '../group/messages.ts';
import type { Elsewhere, Line } from '../line.ts';
import { backOff, pause } from '../pause.ts';
import { ConfigurationCache } from './configuration-cache.ts';

/** How to ask a server of a group for something. */
export type Request<Reply> = (
  server: Client<GroupRpc>,
  options: CallOptions,
) => Promise<Reply | Refusal | Elsewhere>;

const REFUSALS: readonly string[] = ['wrong-group', 'awaited', 'locked'] satisfies Refusal['kind'][];

/** How many refusals of one server a clerk takes before it asks another one. */
const PATIENCE = 5;

/**
 * The pause of a transaction that has met others: who meets again and again waits longer and longer, so that one of
 * them gets through.
 */
const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 200;

/** Carries a clerk's requests to the group that serves a shard, wherever it moves, until one is answered. */
export class Courier {
  readonly #host: Host;
  readonly #cache: ConfigurationCache;

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#host = host;
    this.#cache = new ConfigurationCache(host, controllers);
  }

  get host(): Host {
    return this.#host;
  }

  /** The first answer that is one. A request may be carried out more than once, so it has to say which it is. */
  async ask<Reply extends { readonly kind: string }>(
    shard: number,
    request: Request<Reply>,
    timeoutMs?: number,
  ): Promise<Exclude<Reply, Refusal>> {
    let refusals = 0;
    for (let attempt = 1; ; attempt++) {
      const line = this.#cache.lineTo(shard);
      if (line === undefined) {
        await this.#lookAround();
        continue;
      }
      const reply = await line.attempt<Reply | Refusal>(request, timeoutMs);
      if (reply !== undefined && !isRefusal(reply)) return reply as Exclude<Reply, Refusal>;
      if (reply !== undefined) await this.#refused(reply as Refusal, ++refusals, line);
      else if (attempt % line.length === 0) await this.#lookAround();
    }
  }

  /**
   * The group has to find out, or to get, what this clerk knows of; or it is the clerk who has to find out. What a
   * server says may be old even if it thinks that it leads, so others are asked now and then.
   */
  async #refused(refusal: Refusal, refusals: number, line: Line<GroupRpc>): Promise<void> {
    const before = this.#cache.number;
    if (refusal.kind === 'wrong-group' && refusal.configuration >= before) await this.#cache.refresh();
    if (this.#cache.number !== before) return;
    if (refusals % PATIENCE === 0) {
      line.moveOn();
      await this.#cache.refresh();
    }
    if (refusal.kind === 'locked') await backOff(this.#host, refusals, FIRST_PAUSE_MS, MAX_PAUSE_MS);
    else await pause(this.#host);
  }

  /** Nobody answers: perhaps others serve the shard by now. */
  async #lookAround(): Promise<void> {
    const before = this.#cache.number;
    await this.#cache.refresh();
    if (this.#cache.number === before) await pause(this.#host);
  }
}

function isRefusal(reply: { readonly kind: string }): reply is Refusal {
  return REFUSALS.includes(reply.kind);
}
