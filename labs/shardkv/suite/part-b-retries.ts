import { defineTest } from '@lockstep/test-harness/suite';
import type { Begun, Cluster, Task } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { ELECTION_MS, LOG_BYTES, QUIET_MS } from '../src/numbers.ts';
import { shardsOf } from '../src/served.ts';
import { Kept, readAll, readAndAppend } from '../src/tasks.ts';
import { reliable } from './networks.ts';

/** Operations on two keys of each shard, of which some are carried out and none is heard. */
function unheard(cluster: Cluster, kept: Kept, shards: readonly number[]): Task {
  return async (machine) => {
    const clerk = kept.of(machine);
    await Promise.all(
      shards.flatMap((shard) => [
        clerk.append(keyOf(shard), cluster.token()),
        clerk.putIf(keyOf(shard, 3), cluster.token(), 0),
        clerk.append(keyOf(shard), cluster.token()),
      ]),
    );
  };
}

/** Begins operations of a client that these servers hear, and that does not hear them; they are carried out. */
async function askUnheard(
  cluster: Cluster,
  servers: readonly string[],
  kept: Kept,
  shards: readonly number[],
): Promise<Begun> {
  const deaf = cluster.client(0);
  for (const server of servers) cluster.network.block(server, deaf);
  const begun = await cluster.begin(deaf, 'operations that are not heard', unheard(cluster, kept, shards));
  await cluster.sleep(QUIET_MS / 2);
  return begun;
}

const retried = defineTest<Cluster>({
  id: 'shardkv/B/retries',
  title: 'Retries at the next owner',
  about:
    'A client’s writes are carried out, but it cannot hear so; before it asks again, the shards have moved, to one ' +
    'group or through two, and everybody has restarted. The new owner must know what was done by the old one.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { clients: 2, maxLogBytes: LOG_BYTES },
  situations: { 'writes were waiting for their answers when the shards moved': 'always' },
  async run(cluster) {
    const [deaf, other] = [cluster.client(0), cluster.client(1)];
    await cluster.join(1, 2, 3);
    const shards = await shardsOf(cluster, 1);
    for (const way of [[2], [3, 1]]) {
      const kept = new Kept();
      await cluster.run(deaf, 'a write that is heard', async (machine) => {
        await Promise.all(shards.map((shard) => kept.of(machine).append(keyOf(shard), cluster.token())));
      });
      const begun = await askUnheard(cluster, cluster.servers, kept, shards);
      if (!cluster.hasEnded(begun)) {
        cluster.reached('writes were waiting for their answers when the shards moved');
      }
      for (const group of way) {
        for (const shard of shards) await cluster.move(shard, group);
        await cluster.run(
          other,
          'looks at the new owner',
          readAndAppend(
            cluster,
            shards.map((shard) => keyOf(shard)),
          ),
        );
      }
      const all = cluster.groups.flatMap(({ servers }) => servers);
      cluster.crash(...all);
      cluster.restart(...all);
      await cluster.sleep(ELECTION_MS);
      cluster.network.heal();
      await cluster.ended([begun], 'the client could hear and be heard again');
    }
    await cluster.run(other, 'a last look', readAll());
  },
});

const bothGroups = defineTest<Cluster>({
  id: 'shardkv/B/retries-in-both-groups',
  title: 'Retries of a client that both groups know',
  about:
    'A client has had writes carried out by two groups, and has not heard of the last ones at either; then shards of ' +
    'the one go to the other, which knows the client better, or worse. What both knew is still known.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: 2 },
  async run(cluster) {
    const other = cluster.client(1);
    await cluster.join(1, 2);
    const [first, second] = [await shardsOf(cluster, 1), await shardsOf(cluster, 2)];
    for (const [from, to, target] of [
      [first, second, 2],
      [second, first, 1],
    ] as const) {
      const kept = new Kept();
      const open: Begun[] = [];
      // The client's numbers grow from one group to the next, and back.
      const [a = 0, b = 0] = from;
      const [c = 0] = to;
      for (const shards of [[a], [c], [b], [c]]) {
        open.push(await askUnheard(cluster, cluster.servers, kept, shards));
      }
      for (const shard of [a, b]) await cluster.move(shard, target);
      await cluster.run(
        other,
        'looks',
        readAndAppend(
          cluster,
          [a, b, c].map((shard) => keyOf(shard)),
        ),
      );
      cluster.network.heal();
      await cluster.ended(open, 'the client could hear and be heard again');
      for (const shard of [a, b]) await cluster.move(shard, 3 - target);
    }
    await cluster.run(other, 'a last look', readAll());
  },
});

/** Tests of operations that are repeated elsewhere. */
export const retries = [retried, bothGroups];
