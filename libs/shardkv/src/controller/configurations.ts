import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { GroupId, NodeId, ShardConfiguration } from '@lockstep/api';
import { balance } from './balance.ts';

/** What an administrator asks for. */
export type Change =
  | { readonly op: 'join'; readonly groups: Readonly<Record<string, readonly NodeId[]>> }
  | { readonly op: 'leave'; readonly groups: readonly GroupId[] }
  | { readonly op: 'move'; readonly shard: number; readonly group: GroupId };

/** Configuration 0: no groups, and so nobody who serves a shard. */
export const NO_CONFIGURATION: ShardConfiguration = {
  number: 0,
  shards: Array.from({ length: SHARDS }, () => NO_GROUP),
  groups: {},
};

/** The configuration that a change makes of the latest one, which stays as it is. */
export function changed(latest: ShardConfiguration, change: Change): ShardConfiguration {
  const number = latest.number + 1;
  switch (change.op) {
    case 'join':
      return balanced(number, latest, { ...latest.groups, ...change.groups });
    case 'leave': {
      const gone = new Set(change.groups.map(String));
      const staying = Object.entries(latest.groups).filter(([group]) => !gone.has(group));
      return balanced(number, latest, Object.fromEntries(staying));
    }
    case 'move': {
      const shards = latest.shards.map((group, shard) => (shard === change.shard ? change.group : group));
      return { number, shards, groups: latest.groups };
    }
  }
}

function balanced(
  number: number,
  latest: ShardConfiguration,
  groups: ShardConfiguration['groups'],
): ShardConfiguration {
  return { number, shards: balance(latest.shards, Object.keys(groups).map(Number)), groups };
}
