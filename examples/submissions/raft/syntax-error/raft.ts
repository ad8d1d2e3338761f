import type { Apply, Host, NodeId, Raft, RaftOptions } from '@lockstep/api';

export default function makeRaft(
  host: Host,
  peers: readonly NodeId[],
  apply: Apply,
  options: RaftOptions,
): Raft {
  let term = 0;

  function becomeCandidate(): void {
    term++;
    for (const peer of peers {
      host.log.info(`asking ${peer}`);
    }
  }

  host.clock.after(300, becomeCandidate);
  return { start: () => undefined, status: () => ({ term, isLeader: false }), snapshot: () => undefined };
}
