/** The calls that every contestant makes: AppendEntries-sized, several in flight. */
export interface Workload {
  readonly calls: number;
  readonly inFlight: number;
  makeArgs(n: number): AppendEntriesArgs;
  handle(args: AppendEntriesArgs): AppendEntriesReply;
}

/** As Raft's Figure 2 has them, with one entry. */
export interface AppendEntriesArgs {
  readonly term: number;
  readonly leaderId: string;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly leaderCommit: number;
  readonly entries: readonly { readonly term: number; readonly command: string }[];
}

/** See {@link AppendEntriesArgs}. */
export interface AppendEntriesReply {
  readonly term: number;
  readonly success: boolean;
}

/** So many calls, eight in flight. */
export function appendEntries(calls: number): Workload {
  return {
    calls,
    inFlight: 8,
    makeArgs: (n) => ({
      term: 3,
      leaderId: 'n1',
      prevLogIndex: n,
      prevLogTerm: 2,
      leaderCommit: n - 1,
      entries: [{ term: 3, command: 'x = 1' }],
    }),
    handle: ({ term }) => ({ term, success: true }),
  };
}
