import type { NetworkModel } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import { ACCOUNTS } from '../src/accounts.ts';
import type { Begun, Cluster } from '../src/cluster.ts';
import { ALL_SHARDS, keyOf } from '../src/keys.ts';
import { QUIET_MS, TRANSACTIONS_MS } from '../src/numbers.ts';
import { othersThan, shardsOf } from '../src/served.ts';
import { drawSeeds, readAll, readAndAppend } from '../src/tasks.ts';
import { audit, bankLoad, beginTransactions, openAccounts } from '../src/transaction-load.ts';
import { begunAlready } from './part-e-begun.ts';
import { behind } from './part-e-behind.ts';
import { readers } from './part-e-readers.ts';
import { votes } from './part-e-votes.ts';
import { transactionFailures } from './part-e-failures.ts';
import { forgottenTransactions } from './part-e-memory.ts';
import { duplicating, reliable, unreliable } from './networks.ts';

const basic = defineTest<Cluster>({
  id: 'shardkv/E/basic',
  title: 'One client and its transactions',
  about:
    'Transactions read and write keys of one shard, of one group, and of all groups: with conditions that hold, that ' +
    'do not, or that hold for some keys only; without reads, without writes, and without anything.',
  points: 1,
  servers: 3,
  network: reliable,
  async run(cluster) {
    await cluster.join(1, 2, 3);
    const keys = ALL_SHARDS.map((shard) => keyOf(shard));
    await cluster.run(cluster.client(0), 'transactions', async (machine) => {
      const clerk = machine.makeClerk();
      const write = (key: string, version?: number) => {
        const value = cluster.token();
        return version === undefined ? { key, value } : { key, value, version };
      };
      for (const some of [keys.slice(0, 1), [keyOf(0), keyOf(0, 1)], keys.slice(0, 3), keys]) {
        const [first = '', ...rest] = some;
        const { entries } = await clerk.transact(some, []);
        const version = entries[0]?.version ?? 0;
        await clerk.transact(some, [write(first, version), ...rest.map((key) => write(key))]);
        await clerk.transact(some, [...rest.map((key) => write(key)), write(first, version)]);
        await clerk.transact(
          [],
          some.map((key) => write(key)),
        );
        await clerk.transact(some.toReversed(), [write(first, version + 2)]);
        await clerk.append(first, cluster.token());
        await clerk.transact(
          [first],
          rest.map((key) => write(key, 1)),
        );
      }
      await clerk.transact([], []);
      await clerk.transact(['', '__proto__'], [{ key: '__proto__', value: '' }, write('')]);
      await clerk.get('__proto__');
    });
    await cluster.run(cluster.client(0), 'a last look', readAll());
  },
});

const LOAD_MS = 350;

interface LoadTest {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly points: number;
  readonly network: () => NetworkModel;
  readonly keys: number;
}

/** A few keys of different groups, and clients who do everything to them. */
function loadTest({ keys, ...rest }: LoadTest): Test<Cluster> {
  return defineTest<Cluster, number[]>({
    ...rest,
    servers: 3,
    settings: { clients: 4 },
    plan: (draw) => drawSeeds(draw, 4),
    async run(cluster, seeds) {
      await cluster.join(1, 2, 3);
      const some = ALL_SHARDS.slice(0, keys).map((shard) => keyOf(shard));
      const begun = await beginTransactions(cluster, seeds, { keys: some, restMs: 15 });
      await cluster.sleep(LOAD_MS);
      await cluster.stop();
      await cluster.ended(begun, 'nobody ever failed', TRANSACTIONS_MS);
      await cluster.run(cluster.client(0), 'a last look', readAll(some));
    },
  });
}

const bank = defineTest<Cluster, number[]>({
  id: 'shardkv/E/bank',
  title: 'Money is moved, and none is lost',
  about:
    'Five clients move money between twelve accounts of three groups, each transfer a look at two accounts and ' +
    'writes on the condition that nobody came between. Whoever looks at all accounts at once finds the same sum.',
  points: 1,
  servers: 3,
  network: unreliable,
  settings: { clients: 5 },
  plan: (draw) => drawSeeds(draw, 5),
  async run(cluster, seeds) {
    await cluster.join(1, 2, 3);
    await cluster.run(cluster.client(0), 'money comes in', openAccounts);
    const begun: Begun[] = [];
    for (const [place, client] of cluster.clients.entries()) {
      begun.push(await cluster.begin(client, 'transfers', bankLoad(seeds[place] ?? place, 20)));
    }
    await cluster.sleep(1.5 * LOAD_MS);
    await cluster.stop();
    await cluster.ended(begun, 'nobody ever failed', TRANSACTIONS_MS);
    await cluster.run(cluster.client(0), 'an audit', audit);
  },
});

const CROWD = 6;

const crowd = defineTest<Cluster>({
  id: 'shardkv/E/no-deadlock',
  title: 'Nobody waits for ever, or gives way for ever',
  about:
    'Six clients begin transactions over all shards, or over many, at the same moment, each naming the keys in an ' +
    'order of its own, and others on one key each come between. Messages are lost, so that an attempt may take long. ' +
    'All of them end, round after round.',
  points: 1,
  servers: 3,
  network: unreliable,
  settings: { clients: CROWD },
  async run(cluster) {
    await cluster.join(1, 2, 3);
    // Side by side, so that each group has shards before and behind those of the others.
    for (const shard of ALL_SHARDS) await cluster.move(shard, 1 + (shard % 3));
    await cluster.run(cluster.client(0), 'money comes in', openAccounts);
    for (let round = 0; round < 4; round++) {
      const begun: Begun[] = [];
      for (const [place, client] of cluster.clients.entries()) {
        const order = place % 2 === 0 ? ACCOUNTS : ACCOUNTS.toReversed();
        // Parts that all meet in the middle, and of which each begins with another shard; then everything.
        const wanted = round % 2 === 0 ? order.slice(place, place + order.length - CROWD + 1) : order;
        const writes = wanted.map((key) => ({ key, value: '100' }));
        begun.push(
          await cluster.begin(client, 'transactions over everything', async (machine) => {
            const clerk = machine.makeClerk();
            await clerk.transact(wanted.toReversed(), writes);
            await clerk.get(order[round] ?? '');
          }),
        );
      }
      await cluster.ended(begun, 'nobody ever failed', TRANSACTIONS_MS);
    }
    await cluster.run(cluster.client(0), 'an audit', audit);
  },
});

const deadParticipant = defineTest<Cluster>({
  id: 'shardkv/E/dead-group',
  title: 'Transactions with a group that is down',
  about:
    'Transactions want something of a group that is down, and of others. What the other groups have beside is served ' +
    'meanwhile, alone and in transactions; when the group is back, the transactions end.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { clients: 2 },
  async run(cluster) {
    const [client, other] = [cluster.client(0), cluster.client(1)];
    await cluster.join(1, 2, 3);
    const dead = await shardsOf(cluster, 2);
    const alive = othersThan(dead);
    await cluster.run(other, 'appends', readAndAppend(cluster));
    for (let round = 0; round < 2; round++) {
      cluster.crash(...cluster.group(2).servers);
      const stuck = await cluster.begin(client, 'transactions with the dead', async (machine) => {
        await Promise.all(
          [0, 1].map((place) => {
            const keys = [alive[place] ?? 0, dead[place] ?? 0].map((shard) => keyOf(shard, place));
            const writes = keys.map((key) => ({ key, value: cluster.token() }));
            return machine.makeClerk().transact(keys, place === 0 ? writes : writes.toReversed());
          }),
        );
      });
      await cluster.sleep(QUIET_MS / 2);
      const free = alive.slice(2).map((shard) => keyOf(shard));
      await cluster.run(other, 'looks and appends beside', readAndAppend(cluster, free));
      await cluster.run(other, 'a transaction beside', async (machine) => {
        const writes = free.map((key) => ({ key, value: cluster.token() }));
        await machine.makeClerk().transact(free, writes);
      });
      cluster.restart(...cluster.group(2).servers);
      await cluster.ended([stuck], 'the group is back');
      await cluster.run(other, 'looks and appends', readAndAppend(cluster));
    }
  },
});

const loads = [
  loadTest({
    id: 'shardkv/E/concurrent',
    title: 'Four clients and four keys',
    about:
      'Four clients read and write the same four keys, alone and in transactions. The whole history is strictly ' +
      'serializable: as if each transaction were one operation, at one moment between its call and its end.',
    points: 1,
    network: reliable,
    keys: 4,
  }),
  loadTest({
    id: 'shardkv/E/unreliable',
    title: 'Four clients and three keys, messages are lost',
    about:
      'Four clients read and write the same three keys, alone and in transactions, while messages are lost: what is ' +
      'asked for again happens once, and the whole history is strictly serializable.',
    points: 1,
    network: unreliable,
    keys: 3,
  }),
  loadTest({
    id: 'shardkv/E/duplicates',
    title: 'Four clients and five keys, messages come twice, and late',
    about:
      'Four clients read and write the same five keys, alone and in transactions, while messages come a second time, ' +
      'up to two seconds later: when the transaction that they belong to is over, or has begun again. The whole ' +
      'history is strictly serializable.',
    points: 1,
    network: duplicating,
    keys: 5,
  }),
];

/** Transactions. */
export const partE = definePart<Cluster>({
  id: 'E',
  title: 'Transactions over several groups',
  tests: [
    basic,
    ...loads,
    bank,
    crowd,
    deadParticipant,
    readers,
    begunAlready,
    behind,
    ...votes,
    ...transactionFailures,
    forgottenTransactions,
  ],
});
