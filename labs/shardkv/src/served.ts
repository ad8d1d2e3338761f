import type { NodeId } from '@lockstep/api';
import type { Begun, Cluster } from './cluster.ts';
import { ALL_SHARDS, keyOf } from './keys.ts';
import { QUIET_MS, SETTLE_MS } from './numbers.ts';

/** The shards that the latest configuration assigns to one of these groups. */
export async function shardsOf(cluster: Cluster, ...groups: readonly number[]): Promise<readonly number[]> {
  const { shards } = await cluster.configuration();
  return ALL_SHARDS.filter((shard) => groups.includes(shards[shard] ?? 0));
}

/** The other shards. */
export function othersThan(shards: readonly number[]): readonly number[] {
  return ALL_SHARDS.filter((shard) => !shards.includes(shard));
}

interface Expectation {
  /** Why some shards are served, and the others cannot be, in a sentence. */
  readonly why: string;
  readonly client?: NodeId;
  readonly withinMs?: number;
  /** Whom the clients ask where shards are; the test's own controller by default. */
  readonly controllers?: readonly NodeId[];
}

/**
 * Asks for a key of each shard, each by a client of its own. Those of `served` are answered, soon, and no other before
 * the time is up in which an answer would have come. Gives the questions that are still open.
 */
export async function expectServed(
  cluster: Cluster,
  served: readonly number[],
  { why, client = cluster.client(0), withinMs = SETTLE_MS, controllers }: Expectation,
): Promise<readonly Begun[]> {
  const ask = (shard: number): Promise<Begun> =>
    cluster.begin(client, `a look at shard ${shard}`, async (machine) => {
      await machine.makeClerk(controllers).get(keyOf(shard));
    });
  const open: Begun[] = [];
  for (const shard of othersThan(served)) open.push(await ask(shard));
  const answered: Begun[] = [];
  for (const shard of served) answered.push(await ask(shard));
  await cluster.ended(answered, why, withinMs);
  if (open.length > 0) await cluster.sleep(QUIET_MS);
  const wrong = othersThan(served).filter((_, place) => {
    const begun = open[place];
    return begun !== undefined && cluster.hasEnded(begun);
  });
  if (wrong.length > 0) {
    cluster.world.fail({
      kind: 'safety',
      property: 'only the owner serves',
      message: `Shard ${wrong.join(', ')} was served, which nobody could: ${why}`,
    });
  }
  return open;
}
