import type { NodeId } from '@lockstep/api';
import type { Draw } from '@lockstep/test-harness/suite';
import type { Cluster } from './cluster.ts';
import { ELECTION_MS } from './numbers.ts';

/** Rounds in which the voter has voted for another server. */
const ROUNDS = 3;
/** Now and then the voter itself is elected, and the round proves nothing. */
const ROUNDS_MAX = 8;

/** Which server votes, for each round, by its place. */
export function drawVoters(draw: Draw): number[] {
  return Array.from({ length: ROUNDS_MAX }, () => draw.integer(0, 2));
}

/** What a test adds to the rounds. */
export interface VoteRoundOptions {
  /** Called for the voter before it boots, and after the round. */
  readonly prepare?: (voter: NodeId) => void;
  readonly restore?: (voter: NodeId) => void;
  /** The situation that the test is about. */
  readonly situation: string;
}

/**
 * Two of three servers cannot hear each other, and the third votes for one of them. In the moment in which that one
 * leads the voter crashes, and restarts at once; the other one, which knows of nothing, asks it for its vote in the
 * same term.
 */
export async function voteRounds(
  cluster: Cluster,
  voters: readonly number[],
  { prepare, restore, situation }: VoteRoundOptions,
): Promise<void> {
  let reached = 0;
  for (const [round, place] of voters.entries()) {
    // Equal logs, so that no vote is refused for their sake.
    await cluster.agree(`${round}`, cluster.size, { retry: true });
    const voter = cluster.at(place);
    const [one, other] = [cluster.at(place + 1), cluster.at(place + 2)];
    cluster.network.block(one, other);
    cluster.network.block(other, one);
    cluster.crash(...cluster.servers);
    prepare?.(voter);
    cluster.restart(...cluster.servers);

    const leader = await cluster.waitForLeader();
    if (leader !== voter) {
      cluster.crash(voter);
      cluster.restart(voter);
      cluster.reached(situation);
      reached++;
      await cluster.sleep(ELECTION_MS);
    }
    restore?.(voter);
    cluster.network.heal();
    if (reached === ROUNDS) break;
  }
  await cluster.agree('last', cluster.size, { retry: true });
}
