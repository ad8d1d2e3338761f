import { compose, duplication, labrpc } from '@lockstep/test-harness/faults';
import { Lottery } from '@lockstep/test-harness/services';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Task } from '../src/client.ts';
import type { Cluster } from '../src/cluster.ts';
import { drawLoad, forgiving, readAll } from '../src/load.ts';
import { ELECTION_MS, LOG_BYTES, SETTLE_MS } from '../src/numbers.ts';

const CLIENTS = 5;
const REMEMBERED = 4;
const KEYS = 3;
const ROUNDS = 4;
/** How late a copy may come: most clerks have come and gone by then, and been forgotten. */
const COPY_MS = 1500;
const FORGOTTEN = 'many more clerks came than are remembered';
const SENT = 'a server was sent a snapshot';

/** One round: who is away while the others go on, and for how long. */
interface Absence {
  readonly away: number;
  readonly ms: number;
}

interface Plan {
  readonly seeds: readonly number[];
  readonly absences: readonly Absence[];
}

function drawPlan(draw: Draw): Plan {
  return {
    seeds: drawLoad(draw, CLIENTS),
    absences: Array.from({ length: ROUNDS }, () => ({
      away: draw.integer(0, 2),
      ms: draw.integer(800, 1500),
    })),
  };
}

/** Clerk after clerk, each of which writes once or a few times and is never seen again. */
function visitors(cluster: Cluster, lottery: Lottery, came: { clerks: number }): Task {
  return async (client) => {
    while (!client.isStopping) {
      const clerk = client.makeClerk();
      came.clerks++;
      for (let writes = 1 + lottery.below(3); writes > 0; writes--) {
        await forgiving(() => clerk.append(`k${lottery.below(KEYS)}`, cluster.token()));
        // Some write quickly and some take their time, so the order of last writes is not that of the first ones.
        await client.sleep(lottery.below(4) * lottery.below(120));
      }
    }
  };
}

/** What servers know of clerks, when those are forgotten all the time and servers learn of it in every way there is. */
export const visiting = defineTest<Cluster, Plan>({
  id: 'kv/C/visitors',
  title: 'Clients that come and go, and copies of what they asked for',
  about:
    'Servers need remember four clients only. Clients come, write a few times, and go; copies of their requests come ' +
    'when they are forgotten. Again and again a server is away and is sent a snapshot afterwards: what ' +
    'it knew of clients before is no part of it. Servers that do not agree on who is remembered, under which ' +
    'number, answer for the wrong client sooner or later.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc(), duplication(1, COPY_MS)),
  settings: { clients: CLIENTS, maxLogBytes: LOG_BYTES, maxClerks: REMEMBERED },
  situations: { [FORGOTTEN]: 'always', [SENT]: 'always' },
  plan: drawPlan,
  async run(cluster, { seeds, absences }) {
    const came = { clerks: 0 };
    const lotteries = seeds.map((seed) => new Lottery(seed));
    let wasSent = false;
    // In a few runs of a thousand no server has missed enough after so many rounds; they get more.
    for (const [round, absence] of [absences, absences, absences].flat().entries()) {
      if (round >= ROUNDS && wasSent) break;
      const begun = [];
      for (const [i, client] of cluster.clients.entries()) {
        const lottery = lotteries[i];
        if (lottery !== undefined)
          begun.push(await cluster.begin(client, 'visits', visitors(cluster, lottery, came)));
      }
      wasSent = (await whileAway(cluster, absence)) || wasSent;
      await cluster.stop();
      await cluster.ended(begun, SETTLE_MS, 'all servers could be reached again');
    }
    await cluster.run(cluster.client(0), 'a last look', readAll(KEYS));
    if (came.clerks > 2 * REMEMBERED) cluster.reached(FORGOTTEN);
    if (wasSent) cluster.reached(SENT);
  },
});

/**
 * A server is away, comes back, and then has to do what there is to do with one other. Whether it was sent a snapshot.
 */
async function whileAway(cluster: Cluster, absence: Absence): Promise<boolean> {
  const away = cluster.at(absence.away);
  const before = cluster.below(away)?.installed ?? 0;
  cluster.network.disconnect(away);
  await cluster.sleep(absence.ms);
  cluster.network.connect(away);
  await cluster.sleep(ELECTION_MS / 2);
  const wasSent = (cluster.below(away)?.installed ?? 0) > before;
  const leader = cluster.leader();
  if (leader === undefined || leader === away) return wasSent;
  cluster.network.disconnect(leader);
  await cluster.sleep(ELECTION_MS / 2);
  cluster.network.connect(leader);
  return wasSent;
}
