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

/** Enough for a server to be the first to stand for election in one of them, which most often it is. */
const MAX_ELECTIONS = 10;

/**
 * Has a server lead. Whoever leads is cut off for a while, again and again, and of the others this one's clock is fast:
 * it stands for election first. The other one may win all the same, by chance, or because it refused its vote for as
 * long as it thought of the last leader.
 */
export async function bringToLead(cluster: Cluster, server: NodeId): Promise<boolean> {
  for (let election = 0; election < MAX_ELECTIONS; election++) {
    const present = await cluster.waitForLeader();
    if (present === server) return true;
    const others = cluster.servers.filter((one) => one !== present);
    for (const other of others) cluster.world.bendClock(other, { rate: other === server ? FAST : SLOW });
    // With the next heartbeat their election timeouts begin anew.
    await cluster.sleep(ELECTION_MS / 5);
    cluster.network.disconnect(present);
    await cluster.waitForLeader(others);
    for (const other of others) cluster.world.bendClock(other, { rate: 1 });
    cluster.network.connect(present);
  }
  return false;
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
