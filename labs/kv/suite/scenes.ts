import type { NodeId } from '@lockstep/api';
import type { Cluster } from '../src/cluster.ts';
import { ELECTION_MS, LEADER_MS } from '../src/numbers.ts';

/** Clocks, and election timeouts with them: heartbeats still come in time. */
const FAST = 1.6;
const SLOW = 0.4;

/** How often somebody looks who leads. */
const LOOK_MS = 10;

/** Waits for the next message of a server's Raft, at most for a moment. */
export async function speaks(cluster: Cluster, server: NodeId): Promise<void> {
  const count = (): number => cluster.world.counters(server, 'raft').messages;
  const before = count();
  for (let waited = 0; waited < 20 && count() === before; waited += 0.02) await cluster.sleep(0.02);
}

/** Waits until a server leads, where the clocks of all others are slow. */
export async function comesToLead(cluster: Cluster, server: NodeId): Promise<void> {
  await cluster.world.until(() => cluster.leader() === server, {
    withinMs: LEADER_MS,
    violation: () => ({
      kind: 'liveness',
      property: 'leader election',
      message: `${server} did not come to lead, though the clocks of the others were slow`,
    }),
  });
}

/**
 * Whether a server comes to lead, where the clocks of all others are slow and all have crashed. It need not: it may
 * have lost what it was writing, which the others have; or too many of its messages.
 */
export async function leadsAgain(cluster: Cluster, server: NodeId): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < LEADER_MS; waitedMs += LOOK_MS) {
    if (cluster.leader() === server) return true;
    await cluster.sleep(LOOK_MS);
  }
  return cluster.leader() === server;
}

/** A leader that is about to go, and who will stand for election first when it has. */
export interface Succession {
  readonly leader: NodeId;
  readonly heir: NodeId;
  readonly others: readonly NodeId[];
  /** Sets the clocks right again. */
  restore(): void;
}

/** Has one of the followers be the first to stand for election; `place` says which, from 1, after the leader. */
export async function succession(cluster: Cluster, place: number): Promise<Succession> {
  const leader = await cluster.waitForLeader();
  const heir = cluster.at(cluster.servers.indexOf(leader) + place);
  const others = cluster.servers.filter((server) => server !== leader);
  for (const server of others) cluster.world.bendClock(server, { rate: server === heir ? FAST : SLOW });
  await cluster.sleep(ELECTION_MS / 5);
  return {
    leader,
    heir,
    others,
    restore: () => {
      for (const server of cluster.servers) cluster.world.bendClock(server, { rate: 1 });
    },
  };
}
