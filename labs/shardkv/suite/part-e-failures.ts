import { slowDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Begun, Cluster, Task } from '../src/cluster.ts';
import { ALL_SHARDS, keyOf } from '../src/keys.ts';
import { ELECTION_MS, LOG_BYTES, QUIET_MS, TRANSACTIONS_MS } from '../src/numbers.ts';
import { drawSeeds, readAll } from '../src/tasks.ts';
import { audit, bankLoad, beginTransactions, openAccounts } from '../src/transaction-load.ts';
import { promises } from './part-e-promises.ts';
import { duplicating, reliable, unreliable } from './networks.ts';

/** Keys of these tests, of different groups. */
const FEW: readonly string[] = [0, 1, 2, 3].map((shard) => keyOf(shard));

interface FailurePlan {
  readonly seeds: readonly number[];
  readonly failures: readonly {
    readonly group: number;
    readonly effects: number;
    readonly ms: number;
    readonly shard: number;
  }[];
}

function drawFailures(draw: Draw, clients: number, count: number, maxEffects: number): FailurePlan {
  return {
    seeds: drawSeeds(draw, clients),
    failures: Array.from({ length: count }, () => ({
      group: draw.integer(1, 3),
      effects: draw.integer(1, maxEffects),
      ms: draw.integer(10, 200),
      shard: draw.integer(0, FEW.length - 1),
    })),
  };
}

/** Clients work on the few keys while one failure after the other comes and goes. */
async function underFailures(
  cluster: Cluster,
  { seeds, failures }: FailurePlan,
  suffer: (failure: FailurePlan['failures'][number]) => Promise<void>,
): Promise<void> {
  await cluster.join(1, 2, 3);
  await cluster.run(cluster.client(0), 'a first look', readAll());
  const begun = await beginTransactions(cluster, seeds, { keys: FEW, restMs: 20 });
  for (const failure of failures) await suffer(failure);
  await cluster.stop();
  await cluster.ended(begun, 'nothing fails any more', TRANSACTIONS_MS);
  await cluster.run(cluster.client(0), 'a last look', readAll(FEW));
}

const clientCrashes = defineTest<Cluster, readonly { readonly effects: number; readonly order: number }[]>({
  id: 'shardkv/E/client-crashes',
  title: 'A client dies in the middle of a transaction',
  about:
    'A client’s machine stops dead after some message of a transaction, for good. The transaction has happened or ' +
    'has not, as a whole; nobody has to wait for the dead.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { clients: 2 },
  plan: (draw) =>
    Array.from({ length: 12 }, () => ({ effects: draw.integer(1, 12), order: draw.integer(0, 3) })),
  async run(cluster, deaths) {
    const [mortal, witness] = [cluster.client(0), cluster.client(1)];
    await cluster.join(1, 2, 3);
    await cluster.run(witness, 'a first look', readAll());
    for (const { effects, order } of deaths) {
      const keys = [...FEW.slice(order), ...FEW.slice(0, order)];
      // It knows where everything is when it begins.
      await cluster.begin(mortal, 'a transaction', async (machine) => {
        const clerk = machine.makeClerk();
        await clerk.transact(keys, []);
        await clerk.transact(
          keys.slice(0, 2),
          keys.map((key) => ({ key, value: cluster.token() })),
        );
      });
      cluster.world.crashAfterEffects(mortal, effects);
      await cluster.sleep(order);
      const look = lookAndWrite(cluster, keys);
      await cluster.run(witness, 'a look, and a transaction of another client', look, TRANSACTIONS_MS);
      cluster.crash(mortal);
      await cluster.run(witness, 'a look after it died', look, TRANSACTIONS_MS);
      cluster.restart(mortal);
      await cluster.sleep(5);
    }
    await cluster.run(witness, 'a last look', readAll(FEW));
  },
});

function lookAndWrite(cluster: Cluster, keys: readonly string[]): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    await Promise.all(keys.map((key) => clerk.get(key)));
    await clerk.transact(
      keys,
      keys.slice(1).map((key) => ({ key, value: cluster.token() })),
    );
    await clerk.append(keys[0] ?? '', cluster.token());
  };
}

const leaderCrashes = defineTest<Cluster, FailurePlan>({
  id: 'shardkv/E/leader-crashes',
  title: 'Leaders die in the middle of transactions',
  about:
    'The leader of one of the groups dies after some effect of its work, again and again, and boots a moment later, ' +
    'while clients work: whoever coordinates transactions, or takes part in them, is replaced in the middle.',
  points: 1,
  servers: 3,
  network: reliable,
  disk: slowDisk,
  settings: { clients: 3 },
  plan: (draw) => drawFailures(draw, 3, 5, 25),
  run: (cluster, plan) =>
    underFailures(cluster, plan, async ({ group, effects, ms }) => {
      const leader = await cluster.waitForLeader(cluster.group(group).servers);
      cluster.world.crashAfterEffects(leader, effects);
      await cluster.sleep(ELECTION_MS / 3 + ms);
      cluster.crash(leader);
      cluster.restart(leader);
    }),
});

const powerFailures = defineTest<Cluster, FailurePlan>({
  id: 'shardkv/E/power-failures',
  title: 'Groups lose their power in the middle of transactions',
  about:
    'All servers of a group die after some effect of their leader, and boot from their disks; logs are bounded by ' +
    'snapshots. What a group has promised, it has promised for good.',
  points: 1,
  servers: 3,
  network: unreliable,
  settings: { clients: 3, maxLogBytes: LOG_BYTES / 4 },
  plan: (draw) => drawFailures(draw, 3, 6, 30),
  run: (cluster, plan) =>
    underFailures(cluster, plan, async ({ group, effects, ms }) => {
      const { servers } = cluster.group(group);
      cluster.world.crashAfterEffects(await cluster.waitForLeader(servers), effects);
      await cluster.sleep(100 + ms / 2);
      cluster.crash(...servers);
      await cluster.sleep(ms);
      cluster.restart(...servers);
    }),
});

const pauses = defineTest<Cluster, FailurePlan>({
  id: 'shardkv/E/paused-leaders',
  title: 'Leaders fall asleep in the middle of transactions',
  about:
    'The leader of a group is paused in the middle of transactions, and others decide them; then it wakes up, with ' +
    'everything that has come for it meanwhile, and goes on with what it was at.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { clients: 3 },
  plan: (draw) => drawFailures(draw, 3, 4, 1),
  run: (cluster, plan) =>
    underFailures(cluster, plan, async ({ group, ms }) => {
      const leader = await cluster.waitForLeader(cluster.group(group).servers);
      cluster.world.pause(leader);
      await cluster.sleep(ELECTION_MS * 0.6);
      cluster.world.resume(leader);
      await cluster.sleep(ms);
    }),
});

const moves = defineTest<Cluster, FailurePlan>({
  id: 'shardkv/E/moves',
  title: 'Shards move in the middle of transactions',
  about:
    'The shards of a few keys go from group to group without a pause while clients read and write these keys in ' +
    'transactions. A shard that leaves takes along what has been decided, and what has not.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { clients: 4 },
  plan: (draw) => drawFailures(draw, 4, 12, 1),
  run: (cluster, plan) =>
    underFailures(cluster, plan, async ({ group, ms, shard }) => {
      await cluster.move(shard, group);
      await cluster.sleep(ms / 2);
    }),
});

const everything = defineTest<Cluster, FailurePlan>({
  id: 'shardkv/E/everything',
  title: 'Money is moved while everything fails',
  about:
    'Clients move money between all shards while shards move, groups lose their power, and messages are lost, late, ' +
    'or come twice. None is lost, and none is made.',
  points: 1,
  servers: 3,
  network: duplicating,
  settings: { clients: 4, maxLogBytes: LOG_BYTES },
  plan: (draw) => drawFailures(draw, 4, 6, 30),
  async run(cluster, { seeds, failures }) {
    await cluster.join(1, 2, 3);
    await cluster.run(cluster.client(0), 'money comes in', openAccounts);
    const begun: Begun[] = [];
    for (const [place, client] of cluster.clients.entries()) {
      begun.push(await cluster.begin(client, 'transfers', bankLoad(seeds[place] ?? place, 30)));
    }
    for (const [round, { group, effects, ms }] of failures.entries()) {
      const { servers } = cluster.group(group);
      const leader = await cluster.waitForLeader(servers);
      cluster.world.crashAfterEffects(leader, effects);
      if (round % 3 === 0) await cluster.leave(group);
      else await cluster.move((round * 5) % ALL_SHARDS.length, group);
      await cluster.sleep(ms);
      cluster.crash(...servers);
      await cluster.sleep(ms);
      cluster.restart(...servers);
      if (round % 3 === 0) await cluster.join(group);
    }
    await cluster.sleep(QUIET_MS / 2);
    await cluster.stop();
    await cluster.ended(begun, 'nothing fails any more', TRANSACTIONS_MS);
    await cluster.run(cluster.client(0), 'an audit', audit, TRANSACTIONS_MS);
  },
});

/** Tests of transactions while something fails. */
export const transactionFailures = [
  clientCrashes,
  leaderCrashes,
  powerFailures,
  pauses,
  moves,
  ...promises,
  everything,
];
