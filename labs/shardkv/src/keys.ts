import { shardOf, SHARDS } from '@lockstep/api';

/** Keys that the tests use: several of each shard, found once. */
const KEYS_OF_SHARDS: readonly (readonly string[])[] = findKeys(8);

function findKeys(wanted: number): string[][] {
  const keys = Array.from({ length: SHARDS }, (): string[] => []);
  for (let i = 0; keys.some((some) => some.length < wanted); i++) {
    const key = `k${i}`;
    const some = keys[shardOf(key)];
    if (some !== undefined && some.length < wanted) some.push(key);
  }
  return keys;
}

/** The key number `place` of a shard. */
export function keyOf(shard: number, place = 0): string {
  const key = KEYS_OF_SHARDS[shard]?.[place];
  if (key === undefined) throw new RangeError(`there is no key ${place} of shard ${shard}`);
  return key;
}

/** All shards. */
export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/** One key of each shard. */
export const ONE_OF_EACH: readonly string[] = ALL_SHARDS.map((shard) => keyOf(shard));
