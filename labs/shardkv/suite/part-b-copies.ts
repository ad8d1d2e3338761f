import { compose, duplication, labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { ELECTION_MS, LOG_BYTES } from '../src/numbers.ts';
import { restartGroup } from '../src/restart.ts';
import { shardsOf } from '../src/served.ts';
import { appendToAll, readAll } from '../src/tasks.ts';

/** Copies come within this time: some before the shards are back, and the rest when they are. */
const COPY_MS = 3000;
const APPENDS = 6;
/** Enough for a snapshot. */
const PUTS = 12;

/** Copies of what was done, answered, and known to be answered before the shards were there for the second time. */
export const lateCopies = defineTest<Cluster>({
  id: 'shardkv/B/late-copies',
  title: 'Copies of requests that are older than the shard’s stay',
  about:
    'A client appends, one at a time, and hears each answer; it also puts on a condition that does not hold, and is ' +
    'refused. The shards go to another group and come back, or the group restarts from its snapshots, or they are to ' +
    'go once more, and their owner is down; then copies of all that was sent come, up to three seconds late. That ' +
    'the client has had its answers must have come along, and a shard that was there before is not the awaited one.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc(), duplication(1, COPY_MS)),
  settings: { groups: 2, clients: 2, maxLogBytes: LOG_BYTES },
  async run(cluster) {
    const [one, other] = [cluster.client(0), cluster.client(1)];
    await cluster.join(1, 2);
    const shards = (await shardsOf(cluster, 1)).slice(0, 3);
    const keys = shards.map((shard) => keyOf(shard));
    const goAndReturn = async (): Promise<void> => {
      for (const group of [2, 1]) {
        for (const shard of shards) await cluster.move(shard, group);
        await cluster.run(other, 'looks', readAll(keys));
      }
    };
    const restart = async (): Promise<void> => {
      await cluster.run(other, 'enough for snapshots', async (machine) => {
        const clerk = machine.makeClerk();
        for (let i = 0; i < PUTS; i++)
          await Promise.all(shards.map((shard) => clerk.put(keyOf(shard, 1), cluster.token())));
      });
      const restore = await restartGroup(cluster, 1);
      await cluster.sleep(ELECTION_MS);
      restore();
    };
    const goAgain = async (): Promise<void> => {
      await goAndReturn();
      await cluster.run(other, 'appends', appendToAll(cluster, keys));
      const restore = await restartGroup(cluster, 2);
      await cluster.sleep(ELECTION_MS);
      restore();
      cluster.crash(...cluster.group(1).servers);
      for (const shard of shards) await cluster.move(shard, 2);
      const begun = await cluster.begin(other, 'looks at what cannot come', readAll(keys));
      await cluster.sleep(COPY_MS);
      cluster.restart(...cluster.group(1).servers);
      await cluster.ended([begun], 'the old owner was back');
    };
    for (const [round, meanwhile] of [goAndReturn, restart, goAgain].entries()) {
      const refused = shards.map((shard) => keyOf(shard, 2 + round));
      await cluster.run(one, 'appends, and puts that are refused', async (machine) => {
        // A clerk of its own, who has nothing more to say: nobody is told that these are over.
        const asksOnce = machine.makeClerk();
        await Promise.all(refused.map((key) => asksOnce.putIf(key, cluster.token(), 2)));
        const clerk = machine.makeClerk();
        for (let i = 0; i < APPENDS; i++)
          await Promise.all(keys.map((key) => clerk.append(key, cluster.token())));
      });
      await cluster.run(other, 'two puts to each key', async (machine) => {
        const clerk = machine.makeClerk();
        for (let i = 0; i < 2; i++) await Promise.all(refused.map((key) => clerk.put(key, cluster.token())));
      });
      await meanwhile();
      await cluster.sleep(COPY_MS);
      await cluster.run(other, 'a look when all copies have come', readAll([...keys, ...refused]));
    }
  },
});
