import { compose, duplication, labrpc, slowDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster, Task } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { TRANSACTIONS_MS } from '../src/numbers.ts';
import { restartGroup } from '../src/restart.ts';
import { shardsOf } from '../src/served.ts';

const ROUNDS = 4;
/** Copies come within this time: at a server that has booted, and leads, and does what it finds in its log. */
const COPY_MS = 700;

/** Transactions that have begun, and that the leader which finds them in its log is asked for once more. */
export const begunAlready = defineTest<Cluster, number[]>({
  id: 'shardkv/E/begun-already',
  title: 'A leader that has booted is asked for transactions that have begun already',
  about:
    'Each of many transactions looks at a key of one group and writes a key of another. The first group loses its ' +
    'power in the middle of them, and copies of the requests come when it leads again: it finds some under way, and ' +
    'has to bring these to their end instead of beginning others. Each transaction happens once.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc({ unreliable: true }), duplication(1, COPY_MS)),
  disk: slowDisk,
  settings: { groups: 2, clients: 2 },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(30, 130)),
  async run(cluster, pauses) {
    const [client, witness] = [cluster.client(0), cluster.client(1)];
    await cluster.join(1, 2);
    const [home, away] = [await shardsOf(cluster, 1), await shardsOf(cluster, 2)];
    for (const [round, pause] of pauses.entries()) {
      const pairs = home.map((shard, place) => ({
        read: keyOf(shard, round),
        written: keyOf(away[place % away.length] ?? 0, round),
      }));
      await cluster.waitForLeader(cluster.group(1).servers);
      const begun = await cluster.begin(client, 'transactions', transactions(cluster, pairs));
      await cluster.sleep(pause);
      const restore = await restartGroup(cluster, 1);
      await cluster.ended([begun], 'all groups are up', TRANSACTIONS_MS);
      await cluster.sleep(COPY_MS);
      restore();
      await cluster.run(witness, 'a look at what was written', async (machine) => {
        const clerk = machine.makeClerk();
        await Promise.all(pairs.map(({ written }) => clerk.get(written)));
      });
    }
  },
});

interface Pair {
  readonly read: string;
  readonly written: string;
}

/** One transaction for each pair, each of a clerk of its own. */
function transactions(cluster: Cluster, pairs: readonly Pair[]): Task {
  return async (machine) => {
    await Promise.all(
      pairs.map(({ read, written }) =>
        machine.makeClerk().transact([read], [{ key: written, value: cluster.token() }]),
      ),
    );
  };
}
