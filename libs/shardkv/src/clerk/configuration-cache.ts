import type { Host, NodeId, ShardConfiguration } from '@lockstep/api';
import { NO_CONFIGURATION } from '../controller/configurations.ts';
import { ConfigurationSource } from '../controller/source.ts';
import type { GroupRpc } from '../group/messages.ts';
import type { Line } from '../line.ts';
import { Lines } from '../lines.ts';

/** The latest configuration that a clerk knows of, and its lines to the groups in it. */
export class ConfigurationCache {
  readonly #source: ConfigurationSource;
  readonly #lines: Lines<GroupRpc>;
  #configuration: ShardConfiguration = NO_CONFIGURATION;
  #refreshing: Promise<void> | undefined;

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#source = new ConfigurationSource(host, controllers);
    this.#lines = new Lines(host);
  }

  get number(): number {
    return this.#configuration.number;
  }

  /** The line to the group that is thought to serve a shard; `undefined`: nobody is known to. */
  lineTo(shard: number): Line<GroupRpc> | undefined {
    return this.#lines.to(this.#configuration, shard);
  }

  /** Asks for something newer, once for all who want it. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#fetch().finally(() => (this.#refreshing = undefined)));
  }

  async #fetch(): Promise<void> {
    const latest = await this.#source.latest(this.#configuration.number);
    if (latest !== undefined && latest.number > this.#configuration.number) this.#configuration = latest;
  }
}
