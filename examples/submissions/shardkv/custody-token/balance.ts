import { SHARDS } from '@lockstep/api';
import type { GroupId } from '@lockstep/api';

/**
 * Assigns all shards to `groups`, so that two of them differ by one shard at most, and moves no more shards than that
 * takes. The groups that have most keep most: a shard moves only when its group has left, or has more than its share.
 */
export function balance(shards: readonly GroupId[], groups: readonly GroupId[]): GroupId[] {
  if (groups.length === 0) return shards.map(() => 0);
  const room = shares(shards, groups);
  const kept = shards.map((group) => {
    const left = room.get(group) ?? 0;
    if (left === 0) return undefined;
    room.set(group, left - 1);
    return group;
  });
  const vacancies = [...room].flatMap(([group, left]) => new Array<GroupId>(left).fill(group));
  return kept.map((group) => group ?? vacancies.shift() ?? 0);
}

/** How many shards each group is to have. */
function shares(shards: readonly GroupId[], groups: readonly GroupId[]): Map<GroupId, number> {
  const count = (group: GroupId): number => shards.filter((owner) => owner === group).length;
  const order = [...groups].sort((a, b) => count(b) - count(a) || a - b);
  const least = Math.floor(SHARDS / order.length);
  const larger = SHARDS % order.length;
  return new Map(order.map((group, rank) => [group, rank < larger ? least + 1 : least]));
}
