import { compose, duplication, labrpc } from '@lockstep/test-harness/faults';
import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { readAll } from '../src/load.ts';
import { LOG_BYTES } from '../src/numbers.ts';
import { fill } from './part-c-sessions.ts';
import { leadsAgain } from './scenes.ts';

const ROUNDS = 2;
/** Rounds in which another server leads afterwards show nothing. */
const MAX_ROUNDS = 6;
const APPENDS = 12;
/** Copies come within this time: some before the snapshot, some while all are down, and the rest after that. */
const COPY_MS = 3000;
/** The clocks of those who are not to lead. */
const SLOW = 0.3;
const COMPACTED = 'the leader took a snapshot that has the appends, and leads again after its restart';

/** Copies of what was done, answered, and known to be answered before the servers restarted from their snapshots. */
export const lateCopies = defineTest<Cluster>({
  id: 'kv/C/late-copies',
  title: 'Copies of requests that are older than the snapshot',
  about:
    'A client appends, one at a time, and hears each answer. Servers take snapshots, lose their power, and boot from ' +
    'those. Then copies of the old requests come, up to three seconds late. That the client has had their answers ' +
    'must still be known: it was in the requests that came after them, and those are in the snapshot.',
  points: 1,
  servers: 3,
  network: () => compose(labrpc(), duplication(1, COPY_MS)),
  settings: { clients: 2, maxLogBytes: LOG_BYTES },
  situations: { [COMPACTED]: 'always' },
  async run(cluster) {
    const [one, other] = [cluster.client(0), cluster.client(1)];
    for (let round = 0, shown = 0; round < MAX_ROUNDS && shown < ROUNDS; round++) {
      const leader = await cluster.waitForLeader();
      await cluster.run(one, 'appends', async (machine) => {
        const clerk = machine.makeClerk();
        for (let i = 0; i < APPENDS; i++) await clerk.append('k0', cluster.token());
      });
      const taken = (): number => cluster.below(leader)?.taken ?? 0;
      const before = taken();
      await cluster.run(other, 'enough for snapshots', fill(cluster));
      const isCompacted = taken() > before;
      const rest = cluster.servers.filter((server) => server !== leader);
      for (const server of rest) cluster.world.bendClock(server, { rate: SLOW });
      cluster.crash(...cluster.servers);
      cluster.restart(...cluster.servers);
      // Copies go where the originals went.
      if (await leadsAgain(cluster, leader)) {
        shown++;
        if (isCompacted) cluster.reached(COMPACTED);
        await cluster.sleep(COPY_MS);
      }
      for (const server of rest) cluster.world.bendClock(server, { rate: 1 });
    }
    await cluster.run(other, 'a last look', readAll(2));
  },
});
