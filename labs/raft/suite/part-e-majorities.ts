import { defineTest } from '@lockstep/test-harness/suite';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS } from '../src/numbers.ts';
import { reliable } from './networks.ts';

/** Long enough for any implementation to have written a command to its own disk. */
const WRITTEN_MS = 200;

const evenCluster = defineTest<Cluster>({
  id: 'raft/E/even-cluster',
  title: 'Two of four are no majority',
  about:
    'Four servers fall into two halves. The half with the leader may accept commands, and commit none; the other ' +
    'half may stand for election, and elect nobody; for three of four are a majority. Then one server changes sides, ' +
    'and three agree (Raft §5.2, §5.4).',
  points: 1,
  servers: 4,
  network: reliable,
  situations: { 'a cluster of four fell into halves': 'always' },
  async run(cluster) {
    for (let round = 0; round < 3; round++) {
      await cluster.agree(`before ${round}`, cluster.size, { retry: true });
      const leader = await cluster.checkOneLeader();
      const [mate, third, fourth] = [1, 2, 3].map((steps) => cluster.after(leader, steps));
      if (mate === undefined || third === undefined || fourth === undefined) return;
      cluster.network.partition([leader, mate], [third, fourth]);
      cluster.reached('a cluster of four fell into halves');
      const started = await cluster.start(leader, `of two ${round}`);
      await cluster.sleep(2 * ELECTION_MS);
      if (started !== undefined) cluster.checkNotCommitted(started.index);
      const elected = cluster.claimants().find((node) => node !== leader && node !== mate);
      if (elected !== undefined) {
        const message = `${elected} says that it leads term ${cluster.termOf(elected)}, and reaches one other of four`;
        cluster.world.fail({ kind: 'safety', property: 'election needs a majority', message, node: elected });
      }
      cluster.network.partition([leader], [mate, third, fourth]);
      await cluster.agree(`of three ${round}`, 3, { retry: true });
      cluster.network.heal();
    }
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

const firstEntry = defineTest<Cluster>({
  id: 'raft/E/first-entry',
  title: 'What comes back from disk is not committed yet',
  about:
    'A leader is cut off, accepts the first command of all, and restarts, still alone. The entry is in its log, and ' +
    'nobody has said that it is committed, so it must not be applied: the others know nothing of it, and agree on ' +
    'another one at the same index (Raft §5.3, Figure 2: commitIndex is volatile).',
  points: 1,
  servers: 3,
  network: reliable,
  situations: { 'a server restarted with an entry that no other server had': 'always' },
  async run(cluster) {
    const leader = await cluster.checkOneLeader();
    cluster.disconnect(leader);
    const started = await cluster.start(leader, 'alone');
    await cluster.sleep(WRITTEN_MS);
    cluster.crash(leader);
    cluster.world.restart(leader);
    await cluster.sleep(ELECTION_MS);
    if (started !== undefined) cluster.checkNotCommitted(started.index);
    cluster.reached('a server restarted with an entry that no other server had');
    await cluster.agree('the others', 2, { retry: true });
    cluster.connect(leader);
    await cluster.agree('last', cluster.size, { retry: true });
  },
});

export const majorities = [evenCluster, firstEntry];
