import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { forgetting } from '../src/forgotten.ts';
import { keyOf } from '../src/keys.ts';
import { AT_ONCE } from '../src/numbers.ts';
import { shardsOf } from '../src/served.ts';
import { reliable } from './networks.ts';

/** What is kept of transactions that are over. */
export const forgottenTransactions = defineTest<Cluster>({
  id: 'shardkv/E/forgotten-transactions',
  title: 'What is over is forgotten',
  about:
    'One clerk writes the same keys of three groups again and again, two of them in each transaction. Once everybody ' +
    'knows of a decision nobody needs it any more: what the groups keep does not grow.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { maxLogBytes: AT_ONCE },
  async run(cluster) {
    await cluster.join(1, 2, 3);
    const owned = await Promise.all([1, 2, 3].map((group) => shardsOf(cluster, group)));
    // Each pair has keys of its own: the next transaction need not wait until all have heard of the one before.
    const pairs = owned.map((shards, place) => {
      const others = owned[(place + 1) % owned.length] ?? [];
      return [keyOf(shards[0] ?? 0), keyOf(others[1] ?? 0)];
    });
    await forgetting(cluster, (clerk, number) => {
      const writes = (pairs[number % pairs.length] ?? []).map((key) => ({ key, value: cluster.token() }));
      return clerk.transact([], writes);
    });
  },
});
