import type { NodeId } from '@lockstep/api';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from './cluster.ts';
import { STATE_BYTES } from './numbers.ts';

const ROUNDS = 30;
/** A few commands more or less than a snapshot interval, so that rounds begin anywhere between two snapshots. */
const ENTRIES_MIN = 5;
const ENTRIES_MAX = 14;
/** The 2021 edition of the course sent this many in every round. */
const ENTRIES_2021 = 11;
/**
 * In the last round the absent server misses more than the bound on Raft's state lets the others keep,
 * so that even an implementation that keeps entries for those who lag behind has to send a snapshot.
 */
const LAST_ROUND_ENTRIES = 40;
const LAST_ROUND_PADDING = 40;

/** What becomes of one server in each round. */
export type Fault = 'none' | 'disconnect' | 'crash';

/** One round. */
export interface Round {
  /** Commands to submit while the victim is away. */
  readonly entries: number;
  /** Characters that each of them is padded with. */
  readonly padding: number;
  /** Wait for each of them, whoever leads. */
  readonly isCertain: boolean;
}

/** Draws the rounds; in one seed out of five they are as even as in the course's 2021 edition. */
export function drawRounds(draw: Draw): Round[] {
  const isEven = draw.chance(0.2);
  return Array.from({ length: ROUNDS }, (_, i) => {
    if (i === ROUNDS - 1)
      return { entries: LAST_ROUND_ENTRIES, padding: LAST_ROUND_PADDING, isCertain: true };
    return {
      entries: isEven ? ENTRIES_2021 : draw.integer(ENTRIES_MIN, ENTRIES_MAX),
      padding: 0,
      isCertain: false,
    };
  });
}

/**
 * The script of the snapshot tests: in each round one server is away while the others go on, and comes
 * back to entries that may have been compacted; every third time that server is the leader.
 */
export async function snapshotRounds(
  cluster: Cluster,
  rounds: readonly Round[],
  fault: Fault,
): Promise<void> {
  await cluster.agree('first', cluster.size, { retry: true });
  let leader = await cluster.checkOneLeader();
  for (const [i, round] of rounds.entries()) {
    const next = cluster.after(leader, 1);
    const [victim, sender] = i % 3 === 1 ? [leader, next] : [next, leader];
    await takeAway(cluster, victim, fault);
    const present = fault === 'none' ? cluster.size : cluster.size - 1;
    for (let n = 0; n < round.entries; n++) {
      const operation = `${'x'.repeat(round.padding)}${i}.${n}`;
      if (round.isCertain) await cluster.agree(operation, present, { retry: true });
      else await cluster.start(sender, operation);
    }
    await cluster.agree(`round ${i}`, present, { retry: true });

    const largest = Math.max(...cluster.servers.map((node) => cluster.stateBytes(node)));
    cluster.world.bound('bytes of Raft state on disk', largest, {
      atMost: STATE_BYTES - 1,
    });
    if (fault === 'none') continue;
    await bringBack(cluster, victim, fault);
    leader = await cluster.checkOneLeader();
  }
  if (cluster.servers.every((node) => (cluster.world.driver(node)?.service.snapshotIndex ?? 0) > 0)) {
    cluster.reached('every server has taken snapshots');
  }
}

async function takeAway(cluster: Cluster, victim: NodeId, fault: Fault): Promise<void> {
  if (fault === 'none') return;
  if (fault === 'disconnect') cluster.disconnect(victim);
  else cluster.crash(victim);
  await cluster.agree('without one', cluster.size - 1, { retry: true });
}

async function bringBack(cluster: Cluster, victim: NodeId, fault: Fault): Promise<void> {
  if (fault === 'disconnect') cluster.connect(victim);
  else cluster.restart(victim);
  await cluster.agree('with all', cluster.size, { retry: true });
  if ((cluster.world.driver(victim)?.service.installed ?? 0) > 0) {
    cluster.reached('a server that had fallen behind was sent a snapshot');
  }
}
