import { compose, duplication, labrpc, slowDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Begun, Cluster, Task } from '../src/cluster.ts';
import { keyOf } from '../src/keys.ts';
import { LOG_BYTES, TRANSACTIONS_MS } from '../src/numbers.ts';
import { restartGroup } from '../src/restart.ts';
import { shardsOf } from '../src/served.ts';
import { readAll } from '../src/tasks.ts';
import { reliable } from './networks.ts';

const GROUPS = [1, 2, 3];
/** Of a shard; the second transaction of a round counts down from here, the first one up from 0. */
const LAST_KEY = 7;

/** A key of each group, other ones in each round, so that rounds can be judged by themselves. */
async function keysOf(
  cluster: Cluster,
  groups: readonly number[],
  round: number,
  which = round,
): Promise<string[]> {
  const owned = await Promise.all(groups.map((group) => shardsOf(cluster, group)));
  return owned.map((shards) => keyOf(shards[round % shards.length] ?? 0, which));
}

/** Writes these keys, each by itself, again and again. */
function writeEach(cluster: Cluster, keys: readonly string[], restMs: number): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    const threads = keys.map(async (key) => {
      while (!machine.isStopping) {
        await clerk.put(key, cluster.token());
        await machine.sleep(restMs);
      }
    });
    await Promise.all(threads);
  };
}

/** One transaction that reads and writes all of the keys. */
function writeAll(cluster: Cluster, keys: readonly string[]): Task {
  return async (machine) => {
    const writes = keys.map((key) => ({ key, value: cluster.token() }));
    await machine.makeClerk().transact(keys, writes);
  };
}

function all(cluster: Cluster, groups: readonly number[]): string[] {
  return groups.flatMap((group) => [...cluster.group(group).servers]);
}

interface Blow {
  /** The group that is cut off. */
  readonly away: number;
  /** So long after the transaction has begun, in ms. */
  readonly cutMs: number;
}

const COPY_MS = 2500;
/** Copies have come by then, and whoever they have confused has asked what was decided. */
const AWAY_MS = 3200;
/** By then the decision is not only in the log, but in a snapshot. */
const SNAPSHOT_MS = 300;
/** A transaction over three groups takes about so long with disks like these, in ms. */
const COURSE_MS = 60;

const copies = defineTest<Cluster, readonly Blow[]>({
  id: 'shardkv/E/copied-votes',
  title: 'Every message comes again while a group cannot be told of the decision',
  about:
    'One of three groups is cut off in the middle of two transactions; if they were decided by then, that group has ' +
    'yet to hear so. Meanwhile all that was sent comes a second time, to groups that have heard of the decisions, ' +
    'and whose keys others have written since; one of the groups has lost its power, too. What is over does not ' +
    'begin again.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc(), duplication(1, COPY_MS)),
  disk: slowDisk,
  settings: { clients: 2, maxLogBytes: LOG_BYTES / 4 },
  plan: (draw) =>
    [...GROUPS, ...GROUPS].map((away) => ({ away, cutMs: draw.integer(COURSE_MS / 3, COURSE_MS) })),
  async run(cluster, blows) {
    const [one, other] = [cluster.client(0), cluster.client(1)];
    await cluster.join(...GROUPS);
    for (const [round, { away, cutMs }] of blows.entries()) {
      // Two transactions of the same shards are under way: whoever is asked to vote on one hears of the other.
      const pair = [
        await keysOf(cluster, GROUPS, round),
        await keysOf(cluster, GROUPS, round, LAST_KEY - round),
      ];
      const keys = pair.flat();
      await cluster.run(other, 'a look', readAll(keys));
      const begun: Begun[] = [];
      for (const each of pair) begun.push(await cluster.begin(one, 'a transaction', writeAll(cluster, each)));
      await cluster.sleep(cutMs);
      const near = GROUPS.filter((group) => group !== away);
      cluster.cut(all(cluster, [away]), all(cluster, near));
      begun.push(await cluster.begin(other, 'writes of the same keys', writeEach(cluster, keys, 150)));
      await cluster.sleep(SNAPSHOT_MS);
      const restore = await restartGroup(cluster, near[round % 2] ?? away);
      await cluster.sleep(AWAY_MS);
      cluster.network.heal();
      await cluster.stop();
      await cluster.ended(begun, 'everybody hears everybody again', TRANSACTIONS_MS);
      restore();
      await cluster.run(other, 'a look at what was written', readAll(keys));
    }
  },
});

const ROUNDS = 8;
/** Long enough for others to write both keys, and short enough for the transaction to be still wanted. */
const LATE_MS = [40, 140] as const;

const late = defineTest<Cluster, number[]>({
  id: 'shardkv/E/late-votes',
  title: 'One group votes later than the other',
  about:
    'Transactions read a key of each of two groups that hear each other only now and then, so that one votes long ' +
    'before the other. Meanwhile a client writes the first key and then the second: nobody sees the second of its ' +
    'writes without the first.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { groups: 2, clients: 2 },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(...LATE_MS)),
  async run(cluster, pauses) {
    const [reader, writer] = [cluster.client(0), cluster.client(1)];
    await cluster.join(1, 2);
    for (const [round, pause] of pauses.entries()) {
      const keys = await keysOf(cluster, [1, 2], round % 4);
      const inTurn = round % 2 === 0 ? keys : keys.toReversed();
      await cluster.run(writer, 'a look', readAll(keys));
      const begun = await Promise.all([
        cluster.begin(reader, 'looks at both', async (machine) => {
          const clerk = machine.makeClerk();
          while (!machine.isStopping) {
            await clerk.transact(keys, []);
            await machine.sleep(20);
          }
        }),
        cluster.begin(writer, 'a write after the other', async (machine) => {
          const clerk = machine.makeClerk();
          while (!machine.isStopping) {
            for (const key of inTurn) await clerk.put(key, cluster.token());
            await machine.sleep(5);
          }
        }),
      ]);
      for (let i = 0; i < 4; i++) {
        cluster.cut(all(cluster, [1]), all(cluster, [2]));
        await cluster.sleep(pause);
        cluster.network.heal();
        await cluster.sleep(30);
      }
      await cluster.stop();
      await cluster.ended(begun, 'everybody hears everybody again', TRANSACTIONS_MS);
    }
  },
});

/** Tests of votes that come late, or again. */
export const votes = [copies, late];
