import type { CallOptions, Client, Host, NodeId, ShardConfiguration } from '@lockstep/api';
import type { ControllerRpc } from './messages.ts';

/** A controller's server that does not answer by then is asked no more: others know as much. */
const TIMEOUT_MS = 100;

/**
 * Asks the controller's servers for configurations, one after the other: each knows its own part of the log, and one
 * that is cut off must not be the only one to be asked. Whatever they know is committed, so it does not matter who
 * leads; and who asks for what comes next does not mind that it comes a little later.
 */
export class ConfigurationSource {
  readonly #servers: readonly Client<ControllerRpc>[];
  #next: number;

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#servers = controllers.map((id) => host.peer<ControllerRpc>(id));
    this.#next = host.random.integer(0, Math.max(0, controllers.length - 1));
  }

  /** The configurations that follow number `after`, without a gap; none when there are none, or nobody says. */
  async following(after: number): Promise<readonly ShardConfiguration[]> {
    return (await this.#ask((server, options) => server.following({ after }, options))) ?? [];
  }

  /** A configuration later than number `after`, and the latest that the server knows. */
  latest(after: number): Promise<ShardConfiguration | undefined> {
    return this.#ask((server, options) => server.latest({ after }, options));
  }

  async #ask<Reply>(
    request: (server: Client<ControllerRpc>, options: CallOptions) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const server = this.#servers[this.#next];
    this.#next = (this.#next + 1) % Math.max(1, this.#servers.length);
    if (server === undefined) return undefined;
    try {
      return await request(server, { timeoutMs: TIMEOUT_MS });
    } catch {
      return undefined;
    }
  }
}
