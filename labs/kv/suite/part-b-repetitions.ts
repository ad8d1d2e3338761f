import type { KvClerk, NodeId } from '@lockstep/api';
import { compose, disk, duplication, labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Client, Task } from '../src/client.ts';
import type { Cluster } from '../src/cluster.ts';
import { readAll } from '../src/load.ts';
import { ELECTION_MS, LEADER_MS, SETTLE_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';
import { speaks, succession, type Succession } from './scenes.ts';

/** A copy comes so soon after the original, and a write to a disk takes longer. */
const COPY_MS = 25;
const WRITE_MS = [30, 40] as const;
const COPIED = 8;
const UNDER_WAY = 'an append was under way when its copy had come';

const copies = defineTest<Cluster>({
  id: 'kv/B/copied-requests',
  title: 'Every request comes again before it is done',
  about:
    'Each message comes a second time within 25 ms, and disks take longer than that. So a server gets the copy when ' +
    'the original is in the log and not yet applied, and nothing that was applied tells it that this is one.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc(), duplication(1, COPY_MS)),
  disk: () => disk({ writeMs: WRITE_MS }),
  settings: { clients: 2 },
  situations: { [UNDER_WAY]: 'always' },
  async run(cluster) {
    await cluster.waitForLeader();
    const begun = [];
    for (const client of cluster.clients) {
      begun.push(
        await cluster.begin(client, 'appends and puts', async (machine) => {
          const clerk = machine.makeClerk();
          for (let i = 0; i < COPIED; i++) {
            const from = machine.now;
            await clerk.append('k0', cluster.token());
            if (machine.now - from > COPY_MS + 1) cluster.reached(UNDER_WAY);
            await clerk.put('k1', cluster.token());
          }
        }),
      );
    }
    await cluster.ended(begun, SETTLE_MS, 'no server ever failed');
    await cluster.run(cluster.client(0), 'a last look', readAll(2));
  },
});

const ROUNDS = 3;
const APPENDS = 3;
/** Long enough for a new leader to be noticed before it has committed anything. */
const VOTER_WRITE_MS = [20, 30] as const;
/** How long it is kept from that: as long as a clerk may need to give up the old one and find it. */
const STUCK_MS = 900;
const INHERITED = 'another server led, and could commit nothing, while appends were under way';

/** Appends of one clerk, at the same time. */
function appends(
  clerkOf: (client: Client) => KvClerk,
  key: string,
  token: () => string,
  count: number,
): Task {
  return async (client) => {
    const clerk = clerkOf(client);
    await Promise.all(Array.from({ length: count }, () => clerk.append(key, token())));
  };
}

/**
 * The next leader leads, and hears nobody: what it has in its log stays uncommitted for a while. Should the heir lack
 * what the other one has, it cannot win, and with its fast clock it is in the other's way; so not for long.
 */
async function stuck(cluster: Cluster, { others, restore }: Succession): Promise<void> {
  let looks = 0;
  const look = (): NodeId | undefined => {
    const next = cluster.leader(others);
    if (next === undefined && ++looks === ELECTION_MS) restore();
    return next;
  };
  const next = await cluster.world.until(look, {
    withinMs: LEADER_MS,
    everyMs: 1,
    violation: () => ({
      kind: 'liveness',
      property: 'leader election',
      message: `Neither of ${others.join(' and ')} came to lead within ${LEADER_MS / 1000} s`,
    }),
  });
  for (const other of others) if (other !== next) cluster.network.block(other, next);
  await cluster.sleep(STUCK_MS);
}

const inherited = defineTest<Cluster, number[]>({
  id: 'kv/B/inherited-requests',
  title: 'A request is repeated at the next leader, whose log has it already',
  about:
    'A leader replicates appends, and is gone. The next one has them in its log, but has not applied them, for it ' +
    'cannot commit anything yet, when the client repeats them there. Now both copies are in the log, and both will ' +
    'be committed; the second one changes nothing (Raft §8).',
  points: 2,
  servers: 3,
  network: reliable,
  settings: { clients: 1 },
  situations: { [INHERITED]: 'always' },
  plan: (draw) => Array.from({ length: ROUNDS }, () => draw.integer(1, 2)),
  async run(cluster, places) {
    let kept: KvClerk | undefined;
    const clerkOf = (client: Client): KvClerk => (kept ??= client.makeClerk());
    const client = cluster.client(0);
    const task = (key: string, count: number): Task => appends(clerkOf, key, () => cluster.token(), count);
    for (const [round, place] of places.entries()) {
      await cluster.run(client, 'a first append', task('k0', 1));
      const scene = await succession(cluster, place);
      const { leader, heir, others } = scene;
      const begun = await cluster.begin(client, 'appends', task(`k${2 * round + 2}`, APPENDS));
      await speaks(cluster, heir);
      cluster.network.disconnect(leader);
      for (const server of others) cluster.world.useDisk(server, disk({ writeMs: VOTER_WRITE_MS }));
      await stuck(cluster, scene);
      if (!cluster.hasEnded(begun)) cluster.reached(INHERITED);
      for (const server of others) cluster.world.useDisk(server, disk());
      scene.restore();
      cluster.network.heal();
      await cluster.ended([begun], SETTLE_MS, 'the network had healed');
      await cluster.sleep(ELECTION_MS / 2);
    }
    await cluster.run(client, 'a last look', readAll(2 * ROUNDS + 1));
  },
});

/** Tests of requests that are in the log twice. */
export const repetitions = [copies, inherited];
