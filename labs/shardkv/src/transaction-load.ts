import type { ShardWrite } from '@lockstep/api';
import { Lottery } from '@lockstep/test-harness/services';
import { ACCOUNTS, amountOf, OPENING } from './accounts.ts';
import type { Client } from './client.ts';
import type { Begun, Cluster, Task } from './cluster.ts';
import type { RecordedShardClerk } from './recorded-shard-clerk.ts';

/** What clients do until they are stopped. */
export interface TransactionLoad {
  readonly keys: readonly string[];
  /** A client rests so long at most between two operations. */
  readonly restMs: number;
}

/** Two different keys, in an order that says nothing. */
function twoOf(keys: readonly string[], lottery: Lottery): [string, string] {
  const first = lottery.below(keys.length);
  const second = (first + 1 + lottery.below(Math.max(1, keys.length - 1))) % keys.length;
  return [keys[first] ?? '', keys[second] ?? ''];
}

/**
 * A client that does a bit of everything to a few keys: transactions that write several at once, with a condition or
 * without, or that only read; and operations on one key, which transactions must not come between.
 */
export function transactionLoad(cluster: Cluster, seed: number, { keys, restMs }: TransactionLoad): Task {
  return async (machine) => {
    const [clerk, lottery] = [machine.makeClerk(), new Lottery(seed)];
    while (!machine.isStopping) {
      await anyOperation(cluster, clerk, keys, lottery);
      await machine.sleep(lottery.below(restMs * 10) / 10);
    }
  };
}

async function anyOperation(
  cluster: Cluster,
  clerk: RecordedShardClerk,
  keys: readonly string[],
  lottery: Lottery,
): Promise<unknown> {
  const [one, two] = twoOf(keys, lottery);
  const write = (key: string): ShardWrite => ({ key, value: cluster.token() });
  switch (lottery.below(10)) {
    case 0:
    case 1:
      return clerk.transact([one, two], [write(two), write(one)]);
    case 2:
      return clerk.transact([one], [write(two)]);
    case 3:
      return clerk.transact([], [write(one), write(two)]);
    case 4:
    case 5: {
      const { version } = await clerk.get(one);
      return clerk.transact([two], [{ ...write(one), version }, write(two)]);
    }
    case 6:
      return clerk.transact(keys, []);
    case 7:
      return clerk.append(one, cluster.token());
    case 8:
      return clerk.put(two, cluster.token());
    default:
      return clerk.get(one);
  }
}

/** Has every client begin such a load. */
export async function beginTransactions(
  cluster: Cluster,
  seeds: readonly number[],
  load: TransactionLoad,
): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const [place, client] of cluster.clients.entries()) {
    begun.push(
      await cluster.begin(client, 'transactions', transactionLoad(cluster, seeds[place] ?? place, load)),
    );
  }
  return begun;
}

/** Puts the money of the bank tests into its accounts, in one transaction. */
export const openAccounts: Task = async (machine) => {
  const value = `${OPENING}`;
  await machine.makeClerk().transact(
    [],
    ACCOUNTS.map((key) => ({ key, value })),
  );
};

/** Looks at all accounts at once; a judge adds them up. */
export const audit: Task = async (machine) => {
  await machine.makeClerk().transact(ACCOUNTS, []);
};

/** A client that moves money between accounts, and now and then looks at all of them. */
export function bankLoad(seed: number, restMs: number): Task {
  return async (machine) => {
    const [clerk, lottery] = [machine.makeClerk(), new Lottery(seed)];
    while (!machine.isStopping) {
      if (lottery.below(5) === 0) await clerk.transact(ACCOUNTS, []);
      else await transfer(machine, clerk, lottery);
      await machine.sleep(lottery.below(restMs * 10) / 10);
    }
  };
}

/** One transfer, tried until nobody has come between its look and its writes. */
async function transfer(machine: Client, clerk: RecordedShardClerk, lottery: Lottery): Promise<void> {
  const [from, to] = twoOf(ACCOUNTS, lottery);
  for (let hasCommitted = false; !hasCommitted && !machine.isStopping; ) {
    const { entries } = await clerk.transact([from, to], []);
    const [source, target] = entries;
    if (source === undefined || target === undefined) return;
    const amount = Math.min(amountOf(source.value), 1 + lottery.below(20));
    ({ hasCommitted } = await clerk.transact(
      [],
      [
        { key: from, value: `${amountOf(source.value) - amount}`, version: source.version },
        { key: to, value: `${amountOf(target.value) + amount}`, version: target.version },
      ],
    ));
  }
}
