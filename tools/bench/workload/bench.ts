import type { Host } from '@lockstep/api';

interface AppendEntries {
  appendEntries(args: {
    readonly term: number;
    readonly leaderId: string;
    readonly prevLogIndex: number;
    readonly prevLogTerm: number;
    readonly leaderCommit: number;
    readonly entries: readonly { readonly term: number; readonly command: string }[];
  }): { readonly term: number; readonly success: boolean };
}

/** One node of the workload: n1 makes the calls, the others answer. */
export default function node(
  host: Host,
  calls: number,
  inFlight: number,
  observe: (n: number) => void,
): { done: () => number } {
  host.serve({ appendEntries: ({ term }: { term: number }) => ({ term, success: true }) });
  let made = 0;
  let done = 0;
  const worker = async (peer: ReturnType<typeof host.peer<AppendEntries>>): Promise<void> => {
    while (made < calls) {
      const n = ++made;
      await peer.appendEntries({
        term: 3,
        leaderId: host.id,
        prevLogIndex: n,
        prevLogTerm: 2,
        leaderCommit: n - 1,
        entries: [{ term: 3, command: 'x = 1' }],
      });
      done++;
      if (done % 1000 === 0) observe(done);
    }
  };
  if (host.id === 'n1') {
    // The others serve once they have booted, too.
    host.clock.after(1, () => {
      for (let i = 0; i < inFlight; i++) void worker(host.peer<AppendEntries>(i % 2 === 0 ? 'n2' : 'n3'));
    });
  }
  return { done: () => done };
}
