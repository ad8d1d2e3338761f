import { OutcomeUnknown } from '@lockstep/api';
import type { KvClerk } from '@lockstep/api';
import type { Draw } from '@lockstep/test-harness/suite';
import { mixedLoad as sharedLoad } from '@lockstep/test-harness/services';
import type { MixedLoad } from '@lockstep/test-harness/services';
import type { Task } from './client.ts';
import type { Cluster } from './cluster.ts';

/** What clients do until they are stopped. */
export interface LoadOptions extends Pick<MixedLoad, 'restMs' | 'width'> {
  readonly keys: number;
}

/** Numbers that the loads of clients are made from. */
export function drawLoad(draw: Draw, clients: number): number[] {
  return Array.from({ length: clients }, () => draw.integer(0, 2_147_483_647));
}

/** A client that does a bit of everything to shared keys, `k0` and the next; see `mixedLoad` of the services. */
export function mixedLoad(cluster: Cluster, seed: number, { keys, ...options }: LoadOptions): Task {
  const names = Array.from({ length: keys }, (_, i) => `k${i}`);
  const load = { ...options, keys: names, token: () => cluster.token() };
  return (client) => sharedLoad(client.makeClerk(), client, seed, load);
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

/** Asks again and again, `width` times side by side with a rest in between, until the machine is to stop. */
export function again(
  ask: (clerk: KvClerk) => Promise<unknown>,
  { width, restMs }: { readonly width: number; readonly restMs: number },
): Task {
  return async (client) => {
    const clerk = client.makeClerk();
    const threads = Array.from({ length: width }, async () => {
      while (!client.isStopping) {
        await ask(clerk);
        await client.sleep(restMs);
      }
    });
    await Promise.all(threads);
  };
}
