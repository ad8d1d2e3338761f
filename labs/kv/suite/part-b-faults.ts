import { slowDisk } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { drawLoad, mixedLoad, readAll } from '../src/load.ts';
import { ELECTION_MS, LOG_BYTES, SETTLE_MS } from '../src/numbers.ts';
import { beginLoad } from '../src/storm.ts';
import { duplicating, reliable, unreliable } from './networks.ts';

const LOAD = { keys: 4, restMs: 120, width: 2 };

/** A fault at one server, and how long it lasts. */
export interface Fault {
  readonly place: number;
  readonly isLeader: boolean;
  readonly ms: number;
  readonly pauseMs: number;
}

/** What a seed draws for a test of faults. */
export interface FaultPlan {
  readonly seeds: readonly number[];
  readonly faults: readonly Fault[];
}

/** Draws faults that come one after the other. */
export function drawFaults(
  draw: Draw,
  clients: number,
  count: number,
  loMs: number,
  hiMs: number,
): FaultPlan {
  return {
    seeds: drawLoad(draw, clients),
    faults: Array.from({ length: count }, () => ({
      place: draw.integer(0, 4),
      isLeader: draw.chance(0.6),
      ms: draw.integer(loMs, hiMs),
      pauseMs: draw.integer(20, 400),
    })),
  };
}

/** Clients work while one fault after the other comes and goes; then everything that was under way ends. */
export async function underLoad(
  cluster: Cluster,
  { seeds, faults }: FaultPlan,
  suffer: (fault: Fault, server: string) => Promise<void>,
): Promise<void> {
  const begun = await beginLoad(cluster, seeds, LOAD);
  await cluster.waitForLeader();
  for (const fault of faults) {
    const server = (fault.isLeader ? cluster.leader() : undefined) ?? cluster.at(fault.place);
    await suffer(fault, server);
    await cluster.sleep(fault.pauseMs);
  }
  cluster.network.heal();
  cluster.restart(...cluster.servers);
  await cluster.stop();
  await cluster.ended(begun, SETTLE_MS, 'all faults had been healed');
  await cluster.sleep(2 * ELECTION_MS);
  await cluster.run(cluster.client(0), 'a last look', readAll(LOAD.keys));
}

const duplicates = defineTest<Cluster, FaultPlan>({
  id: 'kv/B/duplicates',
  title: 'Messages come twice, and late, while leaders change',
  about:
    'A third of the messages come again up to two seconds later, to servers that have restarted meanwhile or do not ' +
    'lead any more. A request that was carried out under one leader is not carried out again under the next.',
  points: 2,
  servers: 3,
  network: duplicating,
  settings: { clients: 4 },
  plan: (draw) => drawFaults(draw, 4, 4, 100, 700),
  run: (cluster, plan) =>
    underLoad(cluster, plan, async ({ ms }, server) => {
      cluster.network.disconnect(server);
      await cluster.sleep(ms);
      cluster.network.connect(server);
    }),
});

const pauses = defineTest<Cluster, FaultPlan>({
  id: 'kv/B/paused-leaders',
  title: 'Leaders fall asleep',
  about:
    'A server is paused for up to two seconds, often the leader, and wakes up in the belief that no time has passed, ' +
    'with all that has come for it meanwhile. It may still think that it leads.',
  points: 2,
  servers: 5,
  network: reliable,
  settings: { clients: 4 },
  plan: (draw) => drawFaults(draw, 4, 5, 200, 2000),
  run: (cluster, plan) =>
    underLoad(cluster, plan, async ({ ms }, server) => {
      cluster.world.pause(server);
      await cluster.sleep(ms);
      cluster.world.resume(server);
    }),
});

const oneWay = defineTest<Cluster, FaultPlan>({
  id: 'kv/B/one-way-cuts',
  title: 'Servers that can hear and not speak',
  about:
    'A server’s messages, mostly the leader’s, do not reach the others, while theirs reach it; or the other way ' +
    'round. Clients hear everybody.',
  points: 2,
  servers: 5,
  network: unreliable,
  settings: { clients: 4 },
  plan: (draw) => drawFaults(draw, 4, 5, 200, 1500),
  run: (cluster, plan) =>
    underLoad(cluster, plan, async ({ place, ms }, server) => {
      for (const other of cluster.servers) {
        if (other === server) continue;
        if (place % 2 === 0) cluster.network.block(server, other);
        else cluster.network.block(other, server);
      }
      await cluster.sleep(ms);
      cluster.network.heal();
    }),
});

const rolling = defineTest<Cluster, FaultPlan>({
  id: 'kv/B/rolling-restarts',
  title: 'One server after the other restarts',
  about:
    'Servers crash in the middle of their work, with disks that are slow and confirm late, and boot again: one after ' +
    'the other, so that a majority is always there. Snapshots are taken meanwhile.',
  points: 2,
  servers: 5,
  network: unreliable,
  disk: slowDisk,
  settings: { clients: 4, maxLogBytes: LOG_BYTES },
  plan: (draw) => drawFaults(draw, 4, 8, 20, 500),
  run: (cluster, plan) =>
    underLoad(cluster, plan, async ({ place, ms }, server) => {
      cluster.world.crashAfterEffects(server, 1 + place);
      await cluster.sleep(ms);
      cluster.crash(server);
      cluster.restart(server);
      await cluster.sleep(ms);
    }),
});

const clientCrashes = defineTest<Cluster, FaultPlan>({
  id: 'kv/B/client-crashes',
  title: 'Clients crash in the middle',
  about:
    'A client’s machine stops dead with operations under way, and comes back as another client. What it had asked ' +
    'for may have happened, or may yet happen, once; and nobody else waits for it.',
  points: 2,
  servers: 3,
  network: unreliable,
  settings: { clients: 4 },
  plan: (draw) => drawFaults(draw, 4, 10, 5, 120),
  async run(cluster, { seeds, faults }) {
    let begun = await beginLoad(cluster, seeds, LOAD);
    await cluster.waitForLeader();
    for (const { place, ms, pauseMs } of faults) {
      const client = cluster.client(place);
      cluster.crash(client);
      await cluster.sleep(ms);
      cluster.restart(client);
      await cluster.sleep(pauseMs);
      begun = [...begun, ...(await beginAgain(cluster, client, seeds))];
    }
    await cluster.stop();
    await cluster.ended(begun, SETTLE_MS, 'no server ever failed');
    await cluster.run(cluster.client(0), 'a last look', readAll(LOAD.keys));
  },
});

async function beginAgain(cluster: Cluster, client: string, seeds: readonly number[]) {
  const seed = (seeds[0] ?? 0) + Math.round(cluster.world.now);
  return [await cluster.begin(client, 'a load', mixedLoad(cluster, seed, LOAD))];
}

/** Tests of faults that the course does not have. */
export const faults = [duplicates, pauses, oneWay, rolling, clientCrashes];
