import type { NodeId } from '@lockstep/api';
import { crashAtWork } from '@lockstep/test-harness/services';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Begun, Cluster } from './cluster.ts';
import { drawLoad, mixedLoad, readAll } from './load.ts';
import type { LoadOptions } from './load.ts';
import * as N from './numbers.ts';

/** What goes on while clients work; see {@link storm}. */
export interface StormOptions extends LoadOptions {
  readonly clients: number;
  readonly servers: number;
  /** Servers are put on two sides at random, again and again, from the first operation to the last. */
  readonly isPartitioned?: boolean;
  /** All servers lose power between the rounds, at a random event. */
  readonly isCrashing?: boolean;
  /** Raft's log is bounded. */
  readonly isCompacted?: boolean;
}

/** What a seed draws for a storm. */
export interface StormPlan {
  readonly seeds: readonly number[];
  readonly rounds: readonly Round[];
}

interface Round {
  /** One partition after the other: which servers are on the left, as bits, and how long it stays. */
  readonly partitions: readonly { readonly left: number; readonly ms: number }[];
  /** When the power fails, after so many effects of some server. */
  readonly effects: number;
}

const ROUNDS = 2;
const PARTITIONS = 4;
/** How long a round without partitions takes. */
const ROUND_MS = 900;

/** Draws a storm. */
export function drawStorm(draw: Draw, { clients, servers }: StormOptions): StormPlan {
  return {
    seeds: drawLoad(draw, clients),
    rounds: Array.from({ length: ROUNDS }, () => ({
      partitions: Array.from({ length: PARTITIONS }, () => ({
        left: draw.integer(0, (1 << servers) - 1),
        ms: draw.integer(150, 900),
      })),
      effects: draw.integer(1, 12),
    })),
  };
}

/**
 * The script of most of the course's tests of a replicated store: clients work, servers fail, everything heals, and
 * whatever was under way comes to its end. The partitions last as long as the load does; the power fails in its middle.
 */
export async function storm(
  cluster: Cluster,
  { seeds, rounds }: StormPlan,
  options: StormOptions,
): Promise<void> {
  for (const round of rounds) {
    const begun = await beginLoad(cluster, seeds, options);
    if (options.isPartitioned === true) await partitions(cluster, round);
    else await cluster.sleep(ROUND_MS);
    if (options.isCrashing === true) await powerFailure(cluster, round);
    await cluster.stop();
    await cluster.ended(begun, N.SETTLE_MS, 'all faults had been healed');
    if (options.isCompacted === true) boundLog(cluster);
  }
  await cluster.run(cluster.client(0), 'a last look', readAll(options.keys));
  if (cluster.clients.every((client) => (returnedOf(cluster, client) ?? 0) > 0)) {
    cluster.reached('every client got answers');
  }
}

function returnedOf(cluster: Cluster, client: NodeId): number | undefined {
  const driver = cluster.world.driver(client);
  return driver?.role === 'client' ? driver.returned : undefined;
}

/** Has every client begin its load. */
export async function beginLoad(
  cluster: Cluster,
  seeds: readonly number[],
  options: LoadOptions,
): Promise<Begun[]> {
  const begun: Begun[] = [];
  for (const [i, client] of cluster.clients.entries()) {
    begun.push(await cluster.begin(client, 'a load', mixedLoad(cluster, seeds[i] ?? i, options)));
  }
  return begun;
}

async function partitions(cluster: Cluster, { partitions: all }: Round): Promise<void> {
  for (const { left, ms } of all) {
    cluster.splitServers((_, place) => ((left >> place) & 1) === 1);
    await cluster.sleep(ms);
  }
  cluster.network.heal();
}

/**
 * In the middle of some server's work, or after a second in which it does not do that much, all of them stop dead;
 * they boot a second later.
 */
async function powerFailure(cluster: Cluster, { effects }: Round): Promise<void> {
  const { world } = cluster;
  const first = cluster.leader() ?? cluster.at(effects);
  await crashAtWork(world, first, effects, N.ELECTION_MS);
  cluster.crash(...cluster.servers);
  await cluster.sleep(N.ELECTION_MS);
  cluster.restart(...cluster.servers);
}

/** Raft's log is to stay below a multiple of the size at which the service is to compact it. */
export function boundLog(cluster: Cluster): void {
  const largest = Math.max(...cluster.servers.map((server) => cluster.logBytes(server)));
  cluster.world.bound('bytes of Raft state on disk', largest, { atMost: N.LOG_FACTOR * N.LOG_BYTES });
}
