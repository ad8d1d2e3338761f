import { OutcomeUnknown } from '@lockstep/api';
import type { KvClerk } from '@lockstep/api';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Client, Task } from './client.ts';
import type { Cluster } from './cluster.ts';
import { Lottery } from '@lockstep/test-harness/services';

/** What clients do until they are stopped. */
export interface LoadOptions {
  readonly keys: number;
  /** A client rests so long at most between two operations. */
  readonly restMs: number;
  /** Operations that each client has under way at the same time. */
  readonly width?: number;
}

/** Numbers that the loads of clients are made from. */
export function drawLoad(draw: Draw, clients: number): number[] {
  return Array.from({ length: clients }, () => draw.integer(0, 2_147_483_647));
}

/**
 * A client that does a bit of everything to shared keys: appends, gets, and puts with a condition or, to some keys,
 * without. Keys whose number is even are only ever appended to, so that nothing hides what happened to them.
 */
export function mixedLoad(cluster: Cluster, seed: number, options: LoadOptions): Task {
  return async (client) => {
    const clerk = client.makeClerk();
    const threads = Array.from({ length: options.width ?? 1 }, (_, i) => {
      return mixedThread(cluster, client, clerk, new Lottery(seed + i), options);
    });
    await Promise.all(threads);
  };
}

async function mixedThread(
  cluster: Cluster,
  client: Client,
  clerk: KvClerk,
  lottery: Lottery,
  { keys, restMs }: LoadOptions,
): Promise<void> {
  while (!client.isStopping) {
    const place = lottery.below(keys);
    await forgiving(() =>
      mixedOperation(clerk, `k${place}`, place % 2 === 0, lottery.below(10), cluster.token()),
    );
    if (restMs > 0) await client.sleep(lottery.below(restMs * 10) / 10);
  }
}

async function mixedOperation(
  clerk: KvClerk,
  key: string,
  isAppendOnly: boolean,
  choice: number,
  token: string,
): Promise<unknown> {
  if (choice < 4) return clerk.get(key);
  if (isAppendOnly || choice < 6) return clerk.append(key, token);
  if (choice < 7) return clerk.put(key, token);
  const { version } = await clerk.get(key);
  return clerk.putIf(key, token, version);
}

/** Goes on where a clerk does not learn what became of an operation: the judges have seen it. */
export async function forgiving(operation: () => Promise<unknown>): Promise<void> {
  try {
    await operation();
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
  }
}

/** Reads every key once, for the judges to compare with what has been done before. */
export function readAll(keys: number): Task {
  return async (client) => {
    const clerk = client.makeClerk();
    for (let key = 0; key < keys; key++) await clerk.get(`k${key}`);
  };
}
