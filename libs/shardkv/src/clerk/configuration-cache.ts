import type { GroupId, Host, NodeId, ShardConfiguration } from '@lockstep/api';
import { NO_CONFIGURATION } from '../controller/configurations.ts';
import { ConfigurationSource } from '../controller/source.ts';
import type { GroupRpc } from '../group/messages.ts';
import { Line } from '../line.ts';

/** The latest configuration that a clerk knows of, and its lines to the groups in it. */
export class ConfigurationCache {
  readonly #host: Host;
  readonly #source: ConfigurationSource;
  #configuration: ShardConfiguration = NO_CONFIGURATION;
  #lines = new Map<GroupId, Line<GroupRpc>>();
  #refreshing: Promise<void> | undefined;

  constructor(host: Host, controllers: readonly NodeId[]) {
    this.#host = host;
    this.#source = new ConfigurationSource(host, controllers);
  }

  get number(): number {
    return this.#configuration.number;
  }

  /** The line to the group that is thought to serve a shard; `undefined`: nobody is known to. */
  lineTo(shard: number): Line<GroupRpc> | undefined {
    const group = this.#configuration.shards[shard];
    const servers = group === undefined ? undefined : this.#configuration.groups[String(group)];
    if (group === undefined || servers === undefined) return undefined;
    const known = this.#lines.get(group);
    if (known !== undefined) return known;
    const line = new Line<GroupRpc>(this.#host, servers);
    this.#lines.set(group, line);
    return line;
  }

  /** Asks for something newer, once for all who want it. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#fetch().finally(() => (this.#refreshing = undefined)));
  }

  async #fetch(): Promise<void> {
    const latest = await this.#source.latest(this.#configuration.number);
    if (latest === undefined || latest.number <= this.#configuration.number) return;
    const { groups } = this.#configuration;
    // A group that left and came back may have other servers.
    const isSame = (group: GroupId): boolean =>
      JSON.stringify(groups[String(group)]) === JSON.stringify(latest.groups[String(group)]);
    this.#lines = new Map([...this.#lines].filter(([group]) => isSame(group)));
    this.#configuration = latest;
  }
}
