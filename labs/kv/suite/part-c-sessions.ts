import { OutcomeUnknown } from '@lockstep/api';
import type { KvClerk } from '@lockstep/api';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Client, Task } from '../src/client.ts';
import type { Begun, Cluster } from '../src/cluster.ts';
import { forgiving, readAll } from '../src/load.ts';
import { ELECTION_MS, LOG_BYTES, SETTLE_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

const ROUNDS = 4;

/**
 * A client asks for appends whose replies cannot reach it. They are carried out, and the client repeats them when it
 * hears again; `meanwhile` is what happens in between.
 */
async function unheard(cluster: Cluster, round: number, meanwhile: () => Promise<void>): Promise<Begun> {
  const deaf = cluster.client(0);
  await cluster.run(deaf, 'an append that is heard', async (machine) => {
    const clerk = machine.makeClerk();
    await clerk.append('k2', cluster.token());
    kept.set(machine, clerk);
  });
  const begun = await cluster.begin(deaf, 'appends that are not heard', async (machine) => {
    const clerk = kept.get(machine) ?? machine.makeClerk();
    await Promise.all(
      Array.from({ length: 3 }, () => forgiving(() => clerk.append(`k${2 * round}`, cluster.token()))),
    );
  });
  for (const server of cluster.servers) cluster.network.block(server, deaf);
  await cluster.sleep(ELECTION_MS);
  await meanwhile();
  cluster.network.heal();
  await cluster.ended([begun], SETTLE_MS, 'the client could be heard and hear again');
  return begun;
}

/** The clerk of an earlier task on a machine. */
const kept = new WeakMap<object, { append(key: string, value: string): Promise<number> }>();

/** Sessions that outlive snapshots. */
export const sessions = defineTest<Cluster, number[]>({
  id: 'kv/C/sessions',
  title: 'Retries across snapshots and restarts',
  about:
    'A client’s appends are carried out, but it cannot hear so. Before it repeats them, the servers take snapshots, ' +
    'restart from them, or are sent them: what tells a repetition from a new operation has to be in there.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { clients: 2, maxLogBytes: LOG_BYTES },
  situations: { 'a server was sent a snapshot': 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(0, 2)),
  async run(cluster, places) {
    for (const [round, place] of places.entries()) {
      const away = cluster.at(place);
      await unheard(cluster, round, async () => {
        // The one that was away learns of the appends by a snapshot alone, and is needed afterwards.
        cluster.network.disconnect(away);
        await cluster.run(cluster.client(1), 'enough for snapshots', fill(cluster));
        cluster.crash(...cluster.servers.filter((server) => server !== away));
        cluster.restart(...cluster.servers);
        await cluster.run(cluster.client(1), 'enough for more', fill(cluster));
        cluster.network.connect(away);
        await cluster.sleep(ELECTION_MS / 2);
        if ((cluster.below(away)?.installed ?? 0) > 0) cluster.reached('a server was sent a snapshot');
        cluster.crash(cluster.at(place + 1));
        await cluster.run(cluster.client(1), 'a sign of life', fill(cluster));
      });
      cluster.restart(...cluster.servers);
    }
    await cluster.run(cluster.client(1), 'a last look', readAll(2 * ROUNDS));
  },
});

/** Enough puts for a snapshot or two, of a clerk of its own, to one key. */
export function fill(cluster: Cluster): Task {
  return async (machine) => {
    const clerk = machine.makeClerk();
    for (let i = 0; i < 25; i++) await clerk.put('k1', cluster.token());
  };
}

const REMEMBERED = 4;

/** Sessions that the servers may forget. */
export const forgotten = defineTest<Cluster>({
  id: 'kv/C/forgotten-clients',
  title: 'Retries of a client that was forgotten',
  about:
    'Servers need remember four clients only. A client’s appends are carried out, but it cannot hear so; many others ' +
    'write before it repeats them. It may be told that the outcome is not known any more, but its appends are not ' +
    'done again. What it asks for next is carried out, and those who were not forgotten notice nothing.',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { clients: 3, maxLogBytes: LOG_BYTES, maxClerks: REMEMBERED },
  async run(cluster) {
    for (let round = 0; round < 2; round++) {
      await unheard(cluster, round, async () => {
        await cluster.run(cluster.client(1), 'many other clients', async (machine) => {
          for (let i = 0; i < 3 * REMEMBERED; i++) await machine.makeClerk().put('k1', cluster.token());
        });
      });
      await cluster.run(cluster.client(0), 'the client that was forgotten asks again', async (machine) => {
        const clerk = kept.get(machine);
        if (clerk === undefined) throw new Error('the client’s machine has not restarted');
        const why =
          'a clerk that was forgotten is a new one from then on, and its next write was not remembered';
        await remembered(machine, why, () => clerk.append('k2', cluster.token()));
      });
      // Three at the same time are all remembered, though servers come and go.
      await cluster.run(cluster.client(2), 'clients that are remembered', async (machine) => {
        const clerks = [machine.makeClerk(), machine.makeClerk(), machine.makeClerk()];
        for (let i = 0; i < 5; i++)
          await Promise.all(clerks.map((clerk) => clerk.append('k4', cluster.token())));
      });
      cluster.crash(...cluster.servers);
      cluster.restart(...cluster.servers);
    }
    await cluster.run(cluster.client(1), 'a last look', readAll(5));
  },
});

const VISITORS = 16;
/** After so many of them another server leads. */
const VISITORS_IN_A_TERM = 4;
const SUCCEEDED = 'those who write again and again did so under a leader that had not opened their sessions';

/** Clerks that write again and again, one less than must be remembered. */
class Regulars {
  readonly #token: () => string;
  #clerks: readonly KvClerk[] | undefined;

  constructor(token: () => string) {
    this.#token = token;
  }

  /** Each of them appends. All have been among the last four to write, whoever came in between. */
  readonly append: Task = async (client) => {
    this.#clerks ??= Array.from({ length: REMEMBERED - 1 }, () => client.makeClerk());
    for (const clerk of this.#clerks) {
      const why = `one of the ${REMEMBERED} clerks that wrote last was told that it is not remembered`;
      await remembered(client, why, () => clerk.append('k0', this.#token()));
    }
  };
}

/** A write of a clerk that no server may have forgotten. */
async function remembered(client: Client, why: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    client.misused(why);
  }
}

/** Sessions that the servers may not forget, and that all servers must agree on. */
export const regulars = defineTest<Cluster>({
  id: 'kv/C/remembered-clients',
  title: 'Clients that write again and again',
  about:
    'Servers need remember four clients only. Three write in turn with many others that come once each, so they are ' +
    'always among the last four; every server forgets the others and never one of the three, also when it comes to ' +
    'lead. Who is forgotten has to follow from the log alone.',
  points: 1,
  servers: 3,
  network: reliable,
  settings: { clients: 2, maxLogBytes: LOG_BYTES, maxClerks: REMEMBERED },
  situations: { [SUCCEEDED]: 'always' },
  async run(cluster) {
    const regular = new Regulars(() => cluster.token());
    const first = await cluster.waitForLeader();
    for (let visitor = 1; visitor <= VISITORS; visitor++) {
      await cluster.run(cluster.client(0), 'those who write again and again', regular.append);
      await cluster.run(cluster.client(1), 'one who comes once', async (client) => {
        await client.makeClerk().put('k1', cluster.token());
      });
      if (visitor % VISITORS_IN_A_TERM !== 0) continue;
      const leader = await cluster.waitForLeader();
      if (leader !== first) cluster.reached(SUCCEEDED);
      cluster.crash(leader);
      await cluster.waitForLeader();
      cluster.restart(leader);
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(2));
  },
});
