import { compose, duplication, labrpc } from '@lockstep/test-harness/faults';
import { definePart, defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { drawLoad, mixedLoad, readAll } from '../src/load.ts';
import { CLIENT_BYTES, SEQUENCE_MS, SETTLE_MS } from '../src/numbers.ts';
import { locks } from './part-a-locks.ts';
import { duplicating, reliable, unreliable } from './networks.ts';

const LOAD_MS = 1000;
const WHY = 'the server was there all the time';

/** All clients at once for a while, and then one look at every key. */
async function load(cluster: Cluster, seeds: readonly number[], keys: number, width = 1): Promise<void> {
  const begun = [];
  for (const [i, client] of cluster.clients.entries()) {
    const task = mixedLoad(cluster, seeds[i] ?? i, { keys, restMs: 25, width });
    begun.push(await cluster.begin(client, 'a load', task));
  }
  await cluster.sleep(LOAD_MS);
  await cluster.stop();
  await cluster.ended(begun, SETTLE_MS, WHY);
  await cluster.run(cluster.client(0), 'a last look', readAll(keys));
}

const basic = defineTest<Cluster>({
  id: 'kv/A/basic',
  title: 'Every operation once',
  about:
    'One client, one server, a sound network: a key that was never written, puts, appends, and puts with a ' +
    'condition that holds or does not; values may be empty, long, or in any script.',
  points: 1,
  servers: 1,
  course: ['TestReliablePut', 'TestBasic2'],
  network: reliable,
  settings: { isAlone: true },
  async run(cluster) {
    await cluster.run(cluster.client(0), 'every operation', async (client) => {
      const clerk = client.makeClerk();
      for (const key of ['k0', '', 'ключ/鍵', '__proto__']) {
        await clerk.get(key);
        await clerk.putIf(key, cluster.token(), 1);
        await clerk.putIf(key, cluster.token(), 0);
        await clerk.append(key, cluster.token());
        await clerk.get(key);
        await clerk.putIf(key, cluster.token(), 1);
        await clerk.putIf(key, cluster.token(), 2);
        await clerk.put(key, '');
        await clerk.append(key, 'x'.repeat(10_000));
        await clerk.get(key);
      }
    });
  },
});

const many = defineTest<Cluster, number[]>({
  id: 'kv/A/many-clients',
  title: 'Ten clients and the same keys',
  about:
    'Ten clients read, append and race with conditional puts: of several that name one version, one wins.',
  points: 1,
  servers: 1,
  course: ['TestPutConcurrentReliable', 'TestConcurrent2'],
  network: reliable,
  settings: { isAlone: true, clients: 10 },
  plan: (draw) => drawLoad(draw, 10),
  run: (cluster, seeds) => load(cluster, seeds, 3),
});

const lossy = defineTest<Cluster, number[]>({
  id: 'kv/A/unreliable',
  title: 'Messages are lost',
  about:
    'A tenth of the requests and of the replies are lost. A clerk tries again, and cannot tell a lost request from a ' +
    'lost reply; each operation takes effect once, and its answer is that of the one time.',
  points: 2,
  servers: 1,
  course: ['TestUnreliableNet', 'TestUnreliable2'],
  network: unreliable,
  settings: { isAlone: true, clients: 5 },
  plan: (draw) => drawLoad(draw, 5),
  run: (cluster, seeds) => load(cluster, seeds, 4),
});

const oneKey = defineTest<Cluster>({
  id: 'kv/A/one-key',
  title: 'Five clients append to one key',
  about: 'Each of ten appends of each of five clients is found in the value once, in its client’s order.',
  points: 2,
  servers: 1,
  course: ['TestUnreliableOneKey2', 'TestUnreliableOneKey3A'],
  network: unreliable,
  settings: { isAlone: true, clients: 5 },
  async run(cluster) {
    const begun = [];
    for (const client of cluster.clients) {
      begun.push(
        await cluster.begin(client, 'ten appends', async (machine) => {
          const clerk = machine.makeClerk();
          for (let i = 0; i < 10; i++) await clerk.append('k0', cluster.token());
        }),
      );
    }
    await cluster.ended(begun, SEQUENCE_MS, WHY);
    await cluster.run(cluster.client(0), 'a last look', readAll(1));
  },
});

const duplicates = defineTest<Cluster, number[]>({
  id: 'kv/A/duplicates',
  title: 'Messages come twice, and late',
  about:
    'Many messages come again up to two seconds later, when other clients have written the key. Each client ' +
    'has four operations under way at once, which overtake each other.',
  points: 3,
  servers: 1,
  network: duplicating,
  settings: { isAlone: true, clients: 4 },
  plan: (draw) => drawLoad(draw, 4),
  async run(cluster, seeds) {
    await load(cluster, seeds, 4, 4);
    await cluster.sleep(2100);
    await cluster.run(cluster.client(1), 'a very last look', readAll(4));
  },
});

const KEYS = Array.from({ length: 8 }, (_, i) => `k${i}`);
const COPY_MS = 300;

const refused = defineTest<Cluster>({
  id: 'kv/A/refused-puts',
  title: 'A put that was refused stays refused',
  about:
    'A client puts on the condition of a version that the key does not have yet, and is refused. Others bring the ' +
    'key to that version; then the same message comes a second time. It is not asked again: the answer was given, ' +
    'and the put has not happened.',
  points: 1,
  servers: 1,
  network: () => compose(labrpc(), duplication(1, COPY_MS)),
  settings: { isAlone: true, clients: 2 },
  async run(cluster) {
    const [early, others] = [cluster.client(0), cluster.client(1)];
    await cluster.run(early, 'puts that are refused', async (client) => {
      const clerk = client.makeClerk();
      await Promise.all(KEYS.map((key) => clerk.putIf(key, cluster.token(), 2)));
    });
    await cluster.run(others, 'two puts to each key', async (client) => {
      const clerk = client.makeClerk();
      for (let i = 0; i < 2; i++) await Promise.all(KEYS.map((key) => clerk.put(key, cluster.token())));
    });
    await cluster.sleep(COPY_MS);
    await cluster.run(others, 'a last look', readAll(KEYS.length));
  },
});

const plannedRestart = defineTest<Cluster, number[]>({
  id: 'kv/A/planned-restart',
  title: 'A planned restart, and what it takes over',
  about:
    'While clients repeat what was lost, the server is asked what it would have to know, and restarted with that: ' +
    'repetitions of what was done before are still recognized. What it takes over does not grow with the number of ' +
    'operations that there have been.',
  points: 3,
  servers: 1,
  course: ['TestMemGet2', 'TestMemPut2', 'TestMemAppend2'],
  network: unreliable,
  settings: { isAlone: true, clients: 5 },
  plan: (draw) => [...drawLoad(draw, 5), ...Array.from({ length: 6 }, () => draw.integer(20, 120))],
  async run(cluster, numbers) {
    const server = cluster.at(0);
    const begun = [];
    for (const [i, client] of cluster.clients.entries()) {
      begun.push(
        await cluster.begin(client, 'puts and appends', async (machine) => {
          const clerk = machine.makeClerk();
          for (let n = 0; !machine.isStopping; n++) {
            // What a key holds stays small, so that what is saved is small, unless it remembers requests.
            if (n % 5 === 0) await clerk.put(`k${i}`, cluster.token());
            else await clerk.append(`k${i}`, cluster.token());
          }
        }),
      );
    }
    for (const ms of numbers.slice(5)) {
      await cluster.sleep(ms * 4);
      await cluster.plannedRestart(server);
    }
    await cluster.stop();
    await cluster.ended(begun, SETTLE_MS, WHY);
    await cluster.plannedRestart(server);
    cluster.world.bound('bytes taken over a planned restart', cluster.savedBytes(server), {
      atMost: cluster.clients.length * (CLIENT_BYTES + 200),
    });
    await cluster.run(cluster.client(0), 'a last look', readAll(5));
  },
});

const PAST_CLIENTS = 150;

const pastClients = defineTest<Cluster>({
  id: 'kv/A/past-clients',
  title: 'Many clients come and go',
  about:
    'Of each of 150 clients that have written and will never come back, a server may know 200 bytes for ever.',
  points: 1,
  servers: 1,
  course: ['TestMemPutManyClientsReliable', 'TestMemPutMany2', 'TestMemGetMany2'],
  network: reliable,
  settings: { isAlone: true },
  async run(cluster) {
    await cluster.run(cluster.client(0), 'many clerks', async (client) => {
      for (let i = 0; i < PAST_CLIENTS; i++) {
        const clerk = client.makeClerk();
        await clerk.get('k0');
        await clerk.put('k0', `${'x'.repeat(1000)}${cluster.token()}`);
      }
    });
    await cluster.plannedRestart(cluster.at(0));
    const perClient = (cluster.savedBytes(cluster.at(0)) - 1100) / PAST_CLIENTS;
    cluster.world.bound('bytes kept of a past client', Math.round(perClient), { atMost: CLIENT_BYTES });
    await cluster.run(cluster.client(0), 'a last look', readAll(1));
  },
});

/** One server, and a lock that students build. */
export const partA = definePart<Cluster>({
  id: 'A',
  title: 'One server, exactly once',
  tests: [basic, many, lossy, oneKey, duplicates, refused, plannedRestart, pastClients, ...locks],
});
