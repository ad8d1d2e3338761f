import type { Apply, Host, NodeId, Raft, RaftOptions } from '@lockstep/api';

/*
 * Keeps a copy of its whole history at every tick of its timer, in case it should ever be needed, so that what it holds
 * doubles with every tick.
 */

export default function makeRaft(
  host: Host,
  _peers: readonly NodeId[],
  _apply: Apply,
  _options: RaftOptions,
): Raft {
  const history: unknown[] = [{ term: 0, votedFor: undefined, log: [] }];

  const tick = (): void => {
    for (const state of structuredClone(history)) history.push(state);
    host.clock.after(10, tick);
  };
  tick();

  return {
    start: () => undefined,
    status: () => ({ term: 0, isLeader: false }),
    snapshot: () => undefined,
  };
}
