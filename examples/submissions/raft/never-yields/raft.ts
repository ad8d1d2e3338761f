import type { Apply, Host, NodeId, Raft, RaftOptions } from '@lockstep/api';

/*
 * Asks for votes in good order, and then waits for them in a loop. Replies come in while one awaits something; this
 * loop awaits nothing, so none ever comes.
 */

interface Rpc {
  requestVote(args: { term: number; candidate: NodeId }): { granted: boolean };
}

export default function makeRaft(
  host: Host,
  peers: readonly NodeId[],
  _apply: Apply,
  _options: RaftOptions,
): Raft {
  let term = 0;
  let votedIn = 0;
  let isLeader = false;

  host.serve({
    requestVote({ term: asked }: { term: number }): { granted: boolean } {
      const granted = asked > votedIn;
      if (granted) votedIn = term = asked;
      return { granted };
    },
  });

  host.clock.after(host.random.integer(300, 600), () => {
    votedIn = ++term;
    let votes = 1;
    for (const id of peers) {
      host
        .peer<Rpc>(id)
        .requestVote({ term, candidate: host.id })
        .then(
          ({ granted }) => {
            if (granted) votes++;
          },
          () => undefined,
        );
    }
    while (votes <= peers.length / 2) {
      // Surely they will answer soon.
    }
    isLeader = true;
  });

  return {
    start: () => undefined,
    status: () => ({ term, isLeader }),
    snapshot: () => undefined,
  };
}
