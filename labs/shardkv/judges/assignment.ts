import { NO_GROUP, SHARDS } from '@lockstep/api';
import type { GroupId, NodeId, ShardConfiguration } from '@lockstep/api';
import type { Administration } from '../src/seen.ts';

/**
 * What is wrong with a configuration as the next one after another, made by an operation; `undefined`: nothing.
 */
export function complaintAbout(
  before: ShardConfiguration,
  after: ShardConfiguration,
  made: Exclude<Administration, { op: 'query' }>,
): string | undefined {
  const complaint = complaintAboutGroups(groupsAfter(before, made), after.groups);
  if (complaint !== undefined) return complaint;
  return made.op === 'move'
    ? complaintAboutMove(before, after, made)
    : (complaintAboutBalance(after) ?? complaintAboutTransfers(before, after));
}

type Groups = Readonly<Record<string, readonly NodeId[]>>;

function groupsAfter(
  { groups }: ShardConfiguration,
  made: Exclude<Administration, { op: 'query' }>,
): ReadonlyMap<string, readonly NodeId[]> {
  const expected = new Map(Object.entries(groups));
  if (made.op === 'join') {
    for (const [id, servers] of Object.entries(made.groups)) expected.set(id, servers);
  }
  if (made.op === 'leave') for (const id of made.groups) expected.delete(`${id}`);
  return expected;
}

function complaintAboutGroups(
  expected: ReadonlyMap<string, readonly NodeId[]>,
  found: Groups,
): string | undefined {
  for (const id of Object.keys(found))
    if (!expected.has(id)) return `has a group ${id}, which is none any more`;
  for (const [id, servers] of expected) {
    const given = found[id];
    if (given === undefined) return `lacks group ${id}`;
    if (given.join(' ') !== servers.join(' ')) {
      return `has the servers ${given.join(' ')} for group ${id}, which joined with ${servers.join(' ')}`;
    }
  }
  return undefined;
}

function complaintAboutMove(
  before: ShardConfiguration,
  after: ShardConfiguration,
  { shard, group }: { readonly shard: number; readonly group: GroupId },
): string | undefined {
  for (const [place, owner] of after.shards.entries()) {
    const expected = place === shard ? group : before.shards[place];
    if (owner !== expected) return `assigns shard ${place} to group ${owner} instead of ${expected}`;
  }
  return undefined;
}

/** How many shards each group has. */
function countsOf({ shards, groups }: ShardConfiguration): Map<GroupId, number> {
  const counts = new Map(Object.keys(groups).map((id) => [Number(id), 0]));
  for (const owner of shards) {
    const count = counts.get(owner);
    if (count !== undefined) counts.set(owner, count + 1);
  }
  return counts;
}

function complaintAboutBalance(after: ShardConfiguration): string | undefined {
  const counts = countsOf(after);
  for (const [shard, owner] of after.shards.entries()) {
    if (counts.size === 0 ? owner !== NO_GROUP : !counts.has(owner)) {
      return `assigns shard ${shard} to group ${owner}, which is not there`;
    }
  }
  if (counts.size === 0) return undefined;
  const [most, fewest] = [Math.max(...counts.values()), Math.min(...counts.values())];
  return most - fewest > 1 ? `has a group with ${most} shards and one with ${fewest}` : undefined;
}

/**
 * The fewest shards that can change their group: those whose group is gone, and those that groups have above their
 * share. A share is a quotient, or one more where there is a remainder: it goes to the groups that have the most.
 */
function fewestTransfers(before: ShardConfiguration, after: ShardConfiguration): number {
  const stayed = countsOf({ ...before, groups: after.groups });
  if (stayed.size === 0) return before.shards.filter((owner) => owner !== NO_GROUP).length;
  const counts = [...stayed.values()].toSorted((one, other) => other - one);
  const share = Math.floor(SHARDS / counts.length);
  const larger = SHARDS % counts.length;
  const above = counts.map((count, place) => Math.max(0, count - share - (place < larger ? 1 : 0)));
  const homeless = SHARDS - counts.reduce((sum, count) => sum + count, 0);
  return above.reduce((sum, count) => sum + count, homeless);
}

function complaintAboutTransfers(before: ShardConfiguration, after: ShardConfiguration): string | undefined {
  const moved = after.shards.filter((owner, shard) => owner !== before.shards[shard]).length;
  const fewest = fewestTransfers(before, after);
  return moved > fewest ? `moves ${moved} shards, though ${fewest} would do` : undefined;
}
