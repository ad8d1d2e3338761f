import { shardOf } from '@lockstep/api';
import type { KvEntry, ShardWrite, TransactionOutcome } from '@lockstep/api';
import type { Part } from './messages.ts';

/** What a transaction does in each of its shards, in the order of the shards. */
export function partsOf(reads: readonly string[], writes: readonly ShardWrite[]): readonly Part[] {
  const parts = new Map<number, { shard: number; reads: string[]; writes: ShardWrite[] }>();
  const part = (key: string) => {
    const shard = shardOf(key);
    const known = parts.get(shard) ?? { shard, reads: [], writes: [] };
    parts.set(shard, known);
    return known;
  };
  for (const key of reads) part(key).reads.push(key);
  for (const write of writes) part(write.key).writes.push(write);
  return [...parts.values()].sort((a, b) => a.shard - b.shard);
}

/** What shards say that are ready for the decision. */
export interface PreparedPart {
  readonly part: Part;
  readonly entries: readonly KvEntry[];
  readonly holds: boolean;
}

/** What comes of a transaction all of whose shards are ready. */
export function outcomeOf(reads: readonly string[], prepared: readonly PreparedPart[]): TransactionOutcome {
  const found = new Map<string, KvEntry>();
  for (const { part, entries } of prepared) {
    for (const [i, key] of part.reads.entries()) {
      const entry = entries[i];
      if (entry !== undefined) found.set(key, entry);
    }
  }
  return {
    hasCommitted: prepared.every(({ holds }) => holds),
    entries: reads.map((key) => found.get(key) ?? missing(key)),
  };
}

function missing(key: string): never {
  throw new Error(`no shard has said what ${key} holds`);
}
