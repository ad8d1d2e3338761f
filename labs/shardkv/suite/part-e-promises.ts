import { defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { QUIET_MS } from '../src/numbers.ts';
import { Kept, readAll } from '../src/tasks.ts';
import { reliable } from './networks.ts';

interface PromisePlan {
  /** The coordinator’s group dies after so many effects of its leader. */
  readonly effects: readonly number[];
}

/** A shard has promised a transaction whose coordinator is down. */
function promiseTest({
  maxLogBytes,
  ...rest
}: Pick<Test<Cluster>, 'id' | 'title' | 'about' | 'points'> & {
  readonly maxLogBytes?: number;
}): Test<Cluster> {
  return defineTest<Cluster, PromisePlan>({
    ...rest,
    servers: 3,
    network: reliable,
    settings: { clients: 2, ...(maxLogBytes === undefined ? {} : { maxLogBytes }) },
    plan: (draw) => ({ effects: Array.from({ length: 8 }, () => draw.integer(3, 26)) }),
    async run(cluster, { effects }) {
      const [client, witness] = [cluster.client(0), cluster.client(1)];
      await cluster.join(1, 2, 3);
      await cluster.run(client, 'a first look', readAll());
      const kept = new Kept();
      for (const [round, after] of effects.entries()) {
        const { shards } = await cluster.configuration();
        const places = [1, 2, 3].map((group) => shards.indexOf(((round + group) % 3) + 1));
        const [first = 0, second = 0, third = 0] = places.toSorted((one, other) => one - other);
        const keys = [first, second, third].map((shard) => keyOf(shard));
        const { servers } = cluster.group(shards[first] ?? 1);
        await cluster.run(client, 'a look', async (machine) => {
          await Promise.all(keys.map((key) => kept.of(machine).get(key)));
        });
        const leader = await cluster.waitForLeader(servers);
        const writing = await cluster.begin(client, 'a transaction', async (machine) => {
          await kept.of(machine).transact(
            [],
            keys.map((key) => ({ key, value: cluster.token() })),
          );
        });
        await cluster.crashAtWork(leader, after, 50);
        cluster.crash(...servers);
        await cluster.move(second, shards[third] ?? 1);
        const looking = await cluster.begin(witness, 'looks meanwhile', readAll(keys.slice(1)));
        await cluster.sleep(QUIET_MS / 3);
        cluster.restart(...servers);
        await cluster.ended([writing, looking], 'all groups are back');
        await cluster.run(witness, 'a look at all keys at once', async (machine) => {
          await machine.makeClerk().transact(keys, []);
        });
      }
    },
  });
}

/** Tests of what shards have promised, with and without a log to boot from. */
export const promises = [
  promiseTest({
    id: 'shardkv/E/promises',
    title: 'A shard moves that has promised a transaction, and its coordinator is down',
    about:
      'Whichever group decides on a transaction loses its power at some moment of it, and one of the other shards ' +
      'moves on before it is back. If the transaction was decided, its writes happen in all shards, wherever they ' +
      'are by then; and until that is known nobody sees any of its keys without them.',
    points: 1,
  }),
  promiseTest({
    id: 'shardkv/E/promises-in-snapshots',
    title: 'The same, and all that is left of it is in snapshots',
    about:
      'As in E/promises, but Raft is to get a snapshot after each entry: who boots again, or is sent a shard, ' +
      'finds no log that would tell it what was promised and decided.',
    points: 1,
    maxLogBytes: 1,
  }),
];
