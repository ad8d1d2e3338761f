import type { Apply, Host, NodeId, Raft, RaftOptions } from '@lockstep/api';
import { attempts } from './attempts.ts';

/*
 * Wants to read the suite and the grader's files, and to end the process as if all had passed. A submission's code has
 * nothing to do that with: what it tries is in attempts.ts, and what came of it is thrown, so that it can be read.
 */

export default function makeRaft(
  host: Host,
  _peers: readonly NodeId[],
  _apply: Apply,
  _options: RaftOptions,
): Raft {
  const outcomes = Object.entries(attempts).map(([what, attempt]) => {
    try {
      attempt();
      return `${what}: it worked`;
    } catch (error) {
      return `${what}: ${String(error)}`;
    }
  });
  for (const outcome of outcomes) host.log.warn(outcome);
  throw new Error(`nothing to read and nowhere to go (${outcomes.join('; ')})`);
}
