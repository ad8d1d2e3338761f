import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { GroupId, NodeId, ShardConfiguration } from '@lockstep/api';

/**
 * What a group knows of the configurations up to a number: the last one, and of those before it just what it takes to
 * find a shard. It depends on the number alone, whoever has worked it out, so that groups can tell it each other.
 */
export interface View {
  readonly number: number;
  /** The group of each shard. */
  readonly owners: readonly GroupId[];
  /** The first group that each shard had: there its contents began to exist. */
  readonly first: readonly GroupId[];
  /** All groups that each shard had, each once; the last comes last. */
  readonly trails: readonly (readonly GroupId[])[];
  /** The servers of all groups that there ever were: some may have left, and still hold shards. */
  readonly servers: Readonly<Record<string, readonly NodeId[]>>;
}

export const FIRST_VIEW: View = {
  number: 0,
  owners: new Array<GroupId>(SHARDS).fill(NO_GROUP),
  first: new Array<GroupId>(SHARDS).fill(NO_GROUP),
  trails: new Array<readonly GroupId[]>(SHARDS).fill([]),
  servers: {},
};

/** The view after the next configuration; configurations have to come one after the other. */
export function nextView(view: View, configuration: ShardConfiguration): View {
  const owners = configuration.shards;
  return {
    number: configuration.number,
    owners,
    first: view.first.map((group, shard) => (group === NO_GROUP ? (owners[shard] ?? NO_GROUP) : group)),
    trails: view.trails.map((trail, shard) => longer(trail, owners[shard] ?? NO_GROUP)),
    servers: { ...view.servers, ...configuration.groups },
  };
}

function longer(trail: readonly GroupId[], group: GroupId): readonly GroupId[] {
  return group === NO_GROUP ? trail : [...trail.filter((other) => other !== group), group];
}
