import { compose, labrpc, reordering } from '@lockstep/test-harness/faults';
import { Lottery } from '@lockstep/test-harness/services';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster, Task } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { TRANSACTIONS_MS } from '../src/numbers.ts';
import { drawSeeds, readAll } from '../src/tasks.ts';

const CLIENTS = 5;
const LOAD_MS = 1500;
const WRITER_RESTS_MS = 5;
const READER_RESTS_MS = 20;

/** Readers share what they lock, and the writer has to wait for the last of them. */
export const readers = defineTest<Cluster, number[]>({
  id: 'shardkv/E/readers',
  title: 'Many read the same keys, and one writes them',
  about:
    'Four clients look at one key of each of three groups, at all of them or at some, again and again; a fifth ' +
    'writes all three at once. Requests overtake each other, so that a transaction may have read in one group and ' +
    'not yet in another when somebody else who has read it is done. Nobody sees some of what was written together.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc(), reordering(0.1, 60)),
  settings: { clients: CLIENTS },
  plan: (draw) => drawSeeds(draw, CLIENTS),
  async run(cluster, seeds) {
    await cluster.join(1, 2, 3);
    const { shards } = await cluster.configuration();
    const keys = [1, 2, 3].map((group) => keyOf(shards.indexOf(group)));
    const begun = [];
    for (const [place, client] of cluster.clients.entries()) {
      const task = place === 0 ? writer(cluster, keys) : reader(keys, new Lottery(seeds[place] ?? place));
      begun.push(await cluster.begin(client, place === 0 ? 'writes' : 'looks', task));
    }
    await cluster.sleep(LOAD_MS);
    await cluster.stop();
    await cluster.ended(begun, 'nobody ever failed', TRANSACTIONS_MS);
    await cluster.run(cluster.client(0), 'a last look', readAll(keys));
  },
});

function writer(cluster: Cluster, keys: readonly string[]): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    while (!machine.isStopping) {
      await clerk.transact(
        [],
        keys.map((key) => ({ key, value: cluster.token() })),
      );
      await machine.sleep(WRITER_RESTS_MS);
    }
  };
}

/** Looks at one key, at two, or at all. */
function reader(keys: readonly string[], lottery: Lottery): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    while (!machine.isStopping) {
      const omitted = lottery.below(2 * keys.length);
      const some = keys.filter((_, place) => place !== omitted);
      await clerk.transact(lottery.below(3) === 0 ? some.slice(0, 1) : some, []);
      await machine.sleep(READER_RESTS_MS);
    }
  };
}
