import type { KvClerk, ShardClerk } from '@lockstep/api';
import { mixedLoad } from '@lockstep/test-harness/services';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Begun, Cluster, Task } from './cluster.ts';
import { ONE_OF_EACH } from './keys.ts';

/** Reads keys, all at the same time, for the judges to compare with what has been done before. */
export function readAll(keys: readonly string[] = ONE_OF_EACH): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    await Promise.all(keys.map((key) => clerk.get(key)));
  };
}

/** Appends to each of these keys once, all at the same time, tokens of some length. */
export function appendToAll(cluster: Cluster, keys: readonly string[] = ONE_OF_EACH, length = 0): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    await Promise.all(keys.map((key) => clerk.append(key, cluster.token(length))));
  };
}

/** Reads keys, and appends to each of them. */
export function readAndAppend(cluster: Cluster, keys: readonly string[] = ONE_OF_EACH): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    await Promise.all(
      keys.map(async (key) => {
        await clerk.get(key);
        await clerk.append(key, cluster.token());
      }),
    );
  };
}

/** Numbers that the loads of clients are made from. */
export function drawSeeds(draw: Draw, clients: number): number[] {
  return Array.from({ length: clients }, () => draw.integer(0, 2_147_483_647));
}

/** What clients do until they are stopped. */
export interface LoadOptions {
  readonly keys?: readonly string[];
  readonly restMs?: number;
  readonly width?: number;
}

/** Has every client begin a load of its own. */
export async function beginLoads(
  cluster: Cluster,
  seeds: readonly number[],
  { keys = ONE_OF_EACH, restMs = 40, width = 1 }: LoadOptions = {},
): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const [place, client] of cluster.clients.entries()) {
    const task: Task = async (machine) => {
      const load = { keys, restMs, width, token: () => cluster.token() };
      await mixedLoad(machine.makeClerk(), machine, seeds[place] ?? place, load);
    };
    begun.push(await cluster.begin(client, 'a load', task));
  }
  return begun;
}

/** A clerk that a later task on the same machine goes on with. */
export class Kept {
  #clerk: ShardClerk | undefined;

  of(machine: { makeClerk(): ShardClerk }): KvClerk & ShardClerk {
    this.#clerk ??= machine.makeClerk();
    return this.#clerk;
  }
}
