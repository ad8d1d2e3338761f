import type { GroupId, Host, NodeId, ShardConfiguration } from '@lockstep/api';
import { Line } from './line.ts';

/** Lines to groups: one for each, for as long as the group has the same servers. */
export class Lines<Rpc extends object> {
  readonly #host: Host;
  readonly #lines = new Map<GroupId, { readonly servers: readonly NodeId[]; readonly line: Line<Rpc> }>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The line to the group that serves a shard as of `configuration`; `undefined`: nobody does. */
  to({ shards, groups }: ShardConfiguration, shard: number): Line<Rpc> | undefined {
    const group = shards[shard];
    const servers = groups[String(group)];
    if (group === undefined || servers === undefined) return undefined;
    const known = this.#lines.get(group);
    if (known !== undefined && isSame(known.servers, servers)) return known.line;
    const line = new Line<Rpc>(this.#host, servers);
    this.#lines.set(group, { servers, line });
    return line;
  }
}

/** A group that left and came back may have other servers. */
function isSame(some: readonly NodeId[], others: readonly NodeId[]): boolean {
  return some === others || (some.length === others.length && some.every((id, i) => id === others[i]));
}
