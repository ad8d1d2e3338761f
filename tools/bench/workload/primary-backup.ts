/**
 * Tests that measure instead of judging: the key/value guest on one server, and on two whose logging channel takes a
 * given time for a round trip. Results are recorded as bounds that nothing exceeds.
 */
import { encodeKvRequest } from '@lockstep/guest-machine';
import type { NetworkModel } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../../../labs/primary-backup/src/cluster.ts';
import { devices } from '../../../labs/primary-backup/suite/rooms.ts';

/** Round trips on the channel, in ms. */
const ROUND_TRIPS_MS = [0.1, 1, 10] as const;

/** Clients that the guest knows: with so many at work, it is never idle for long. */
const CLIENTS = 16;

const REQUESTS = 1_600;

function fixedDelay(roundTripMs: number): NetworkModel {
  const set: NetworkModel['request'] = (fate) => {
    fate.delayUs = Math.round((roundTripMs * 1000) / 2);
  };
  return { name: `round trips of ${roundTripMs} ms`, request: set, reply: set, unreachable: () => undefined };
}

/** Has clients ask without a pause until there were `count` answers: how long each waited, and all took, in ms. */
async function load(
  { world, network }: Cluster,
  clients: number,
  count: number,
  firstNumber: number,
): Promise<{ readonly meanMs: number; readonly totalMs: number }> {
  const began = world.now;
  let answers = 0;
  let waitedMs = 0;
  const ask = (client: number, number: number): void => {
    const request = {
      client,
      number,
      operation: 'put',
      key: `key ${number % 50}`,
      value: 'x'.repeat(40),
    } as const;
    const askedAt = world.now;
    network.attach(client, () => {
      answers++;
      waitedMs += world.now - askedAt;
      if (answers < count) ask(client, number + 1);
    });
    network.fromClient(encodeKvRequest(request), 0.1);
  };
  for (let client = 1; client <= clients; client++) ask(client, firstNumber);
  await world.until(() => answers >= count, {
    withinMs: 60_000,
    everyMs: 1,
    violation: () => ({ kind: 'liveness', property: 'availability', message: 'the guest does not answer' }),
  });
  return { meanMs: waitedMs / answers, totalMs: world.now - began };
}

const measured = (name: string, servers: number, roundTripMs: number) =>
  defineTest<Cluster>({
    id: `primary-backup/Z/${name}`,
    title: name,
    about: 'Measures how long a client waits, and how many requests the guest answers at saturation.',
    points: 0,
    servers,
    network: () => fixedDelay(roundTripMs),
    devices,
    settings: { guest: 'kv' },
    async run(cluster) {
      await cluster.world.sleep(50);
      const alone = await load(cluster, 1, 200, 1);
      await cluster.world.sleep(50);
      const channel = cluster.channelBytes;
      const together = await load(cluster, CLIENTS, REQUESTS, 1_000);
      const { world } = cluster;
      world.bound('ms', alone.meanMs, {});
      world.bound('requests/s', (REQUESTS / together.totalMs) * 1000, {});
      world.bound('bytes a request', (cluster.channelBytes - channel) / REQUESTS, {});
    },
  });

export default definePart<Cluster>({
  id: 'Z',
  title: 'Measurements',
  tests: [measured('alone', 1, 0.1), ...ROUND_TRIPS_MS.map((ms) => measured(`round trip ${ms} ms`, 2, ms))],
});
