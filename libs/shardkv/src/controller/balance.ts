import { NO_GROUP } from '@lockstep/api';
import type { GroupId } from '@lockstep/api';

/**
 * Assigns all shards to `groups` so that two groups differ by one shard at most, and no more shards change their group
 * than that takes. A function of its arguments as sets: every replica of the controller has to come to the same, so
 * nothing here depends on the order in which groups come.
 *
 * @param shards the group of each shard so far.
 */
export function balance(shards: readonly GroupId[], groups: readonly GroupId[]): GroupId[] {
  if (groups.length === 0) return shards.map(() => NO_GROUP);
  const owned = shardsByGroup(shards, groups);
  const due = shares(owned, shards.length);
  const balanced = [...shards];
  const homeless = shards.flatMap((group, shard) => (owned.has(group) ? [] : [shard]));
  // First all that are given up, then all that are taken: a group does the one or the other.
  for (const [group, has] of owned) homeless.push(...has.slice(due.get(group) ?? 0));
  for (const [group, has] of owned) {
    const missing = Math.max(0, (due.get(group) ?? 0) - has.length);
    for (const shard of homeless.splice(0, missing)) balanced[shard] = group;
  }
  return balanced;
}

/** The shards of each group, in the order of the groups' numbers. */
function shardsByGroup(
  shards: readonly GroupId[],
  groups: readonly GroupId[],
): ReadonlyMap<GroupId, readonly number[]> {
  const ordered = [...groups].sort((a, b) => a - b);
  const owned = new Map<GroupId, number[]>(ordered.map((group) => [group, []]));
  for (const [shard, group] of shards.entries()) owned.get(group)?.push(shard);
  return owned;
}

/**
 * How many shards each group is due. All are due the same, and what is left over goes to those who have the most: every
 * shard that they may keep is one that need not move.
 */
function shares(owned: ReadonlyMap<GroupId, readonly number[]>, total: number): ReadonlyMap<GroupId, number> {
  const each = Math.floor(total / owned.size);
  const leftOver = total % owned.size;
  // Sorting is stable, so groups that have the same are in the order of their numbers.
  const byWealth = [...owned].sort(([, a], [, b]) => b.length - a.length);
  return new Map(byWealth.map(([group], rank) => [group, each + (rank < leftOver ? 1 : 0)]));
}
