import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { forgetting } from '../src/forgotten.ts';
import { ALL_SHARDS, keyOf } from '../src/keys.ts';
import { AT_ONCE } from '../src/numbers.ts';
import { reliable } from './networks.ts';

/** Of both groups. */
const KEYS = ALL_SHARDS.slice(0, 6).map((shard) => keyOf(shard));

/** What is kept of requests that have been answered. */
export const forgottenRequests = defineTest<Cluster>({
  id: 'shardkv/C/forgotten-requests',
  title: 'What has been answered is forgotten',
  about:
    'One clerk writes the same keys again and again, values of the same length, while shards stay where they are. ' +
    'What the groups keep does not grow with that.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { groups: 2, maxLogBytes: AT_ONCE },
  async run(cluster) {
    await cluster.join(1, 2);
    await forgetting(cluster, (clerk, number) =>
      clerk.put(KEYS[number % KEYS.length] ?? '', cluster.token()),
    );
  },
});
