import { defineTest } from '@lockstep/test-harness/suite';
import type { Test } from '@lockstep/test-harness/suite';
import type { KvClerk, NodeId } from '@lockstep/api';
import type { Task } from '../src/client.ts';
import type { Cluster } from '../src/cluster.ts';
import { again, readAll } from '../src/load.ts';
import { ELECTION_MS, SETTLE_MS } from '../src/numbers.ts';
import type { KvSettings } from '../src/settings.ts';
import { reliable } from './networks.ts';

const KEY = 'k0';
const ROUNDS = 3;
/** Longer than it takes to elect a leader who can say up to where a read must have seen the log. */
const LAG_MS = 700;
const BEHIND = 'a new leader knew of an answered put that had not reached its service';

/** Everything reaches the services of these servers so much later than their Rafts hand it up. */
function delayApply(cluster: Cluster, servers: readonly NodeId[], lagMs: number): void {
  for (const server of servers) {
    const below = cluster.below(server);
    if (below !== undefined) below.applyLagMs = lagMs;
  }
}

const reading = again((clerk) => clerk.get(KEY), { width: 3, restMs: 50 });

/**
 * An index says up to where a read must have seen the log; it takes more to have seen it.
 *
 * @param reads how the servers read.
 */
export function appliedLate(
  id: string,
  title: string,
  reads: Pick<KvSettings, 'reads' | 'clockDriftBound'>,
): Test<Cluster> {
  return defineTest<Cluster>({
    id,
    title,
    about:
      'The followers’ Rafts know what is committed, but it takes long to reach the services above them. The leader ' +
      'answers a put and dies, and another one leads before its service has seen that put: a read waits until ' +
      'everything up to the index that Raft names has been applied (Raft dissertation §6.4, step 4).',
    points: 1,
    servers: 3,
    network: reliable,
    settings: { clients: 2, ...reads },
    situations: { [BEHIND]: 'always' },
    async run(cluster) {
      const [writer, reader] = [cluster.client(0), cluster.client(1)];
      let clerk: KvClerk | undefined;
      const put: Task = async (client) => {
        clerk ??= client.makeClerk();
        await clerk.put(KEY, cluster.token());
      };
      for (let round = 0; round < ROUNDS; round++) {
        await cluster.run(writer, 'a first put', put);
        const leader = await cluster.waitForLeader();
        const others = cluster.servers.filter((server) => server !== leader);
        delayApply(cluster, others, LAG_MS);
        await cluster.run(writer, 'a put', put);
        cluster.crash(leader);
        const reads = await cluster.begin(reader, 'reads', reading);
        const next = await cluster.waitForLeader();
        if ((cluster.below(next)?.late ?? 0) > 0) cluster.reached(BEHIND);
        await cluster.sleep(ELECTION_MS);
        await cluster.stop();
        await cluster.ended([reads], SETTLE_MS, 'a majority was there');
        delayApply(cluster, others, 0);
        cluster.restart(leader);
        await cluster.sleep(ELECTION_MS / 2);
      }
      await cluster.run(reader, 'a last look', readAll(1));
    },
  });
}
