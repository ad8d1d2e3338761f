import type { ApplyMessage, Raft, RaftOptions } from '@lockstep/api';
import { createRaft } from '../src/index.ts';
import type { AppendEntriesArgs, RaftRpc } from '../src/messages.ts';
import { FakeDisk, FakeHost, settle } from './fake-host.ts';

/** One server of a cluster of three, whose other two the test plays. */
export interface Lone {
  readonly host: FakeHost;
  readonly raft: Raft;
  readonly rpc: RaftRpc;
  readonly applied: ApplyMessage[];
  readonly terms: number[];
}

/** Boots `n1`, on a new disk unless one is given; `n2` and `n3` are its peers. */
export async function boot(disk = new FakeDisk(), options: RaftOptions = {}): Promise<Lone> {
  const host = new FakeHost(disk);
  const applied: ApplyMessage[] = [];
  const terms: number[] = [];
  const raft = await createRaft(host, ['n2', 'n3'], (message) => void applied.push(message), {
    onLeader: (term) => terms.push(term),
    ...options,
  });
  await settle();
  if (host.service === undefined) throw new Error('the server does not serve');
  return { host, raft, rpc: host.service, applied, terms };
}

/** Lets `n1` win the next election, by the vote of `n2`. Its first heartbeats wait for their answers. */
export async function elect({ host, raft }: Lone): Promise<number> {
  await host.advance(600);
  const { term } = raft.status();
  const request = host.take('requestVote').find(({ to }) => to === 'n2');
  await request?.answer({ term, voteGranted: true });
  if (!raft.status().isLeader) throw new Error('the vote of a majority made no leader');
  return term;
}

/** Plays one peer that has and takes everything. Returns what it was sent. */
export async function acknowledge({ host, raft }: Lone, peer: string): Promise<AppendEntriesArgs[]> {
  const taken = host.take('appendEntries');
  for (const call of taken) {
    if (call.to === peer) await call.answer({ term: raft.status().term, success: true });
    else host.calls.push(call);
  }
  return taken.filter(({ to }) => to === peer).map(({ args }) => args as AppendEntriesArgs);
}

/** A message of `n2`, leader of `term`, with entries of these terms after prevLogIndex. */
export function append(
  term: number,
  [prevLogIndex, prevLogTerm]: readonly [number, number],
  entryTerms: readonly number[] = [],
  leaderCommit = 0,
): AppendEntriesArgs {
  const entries = entryTerms.map((entryTerm, i) => ({
    term: entryTerm,
    command: `${entryTerm}@${prevLogIndex + 1 + i}`,
  }));
  return { term, leaderId: 'n2', prevLogIndex, prevLogTerm, entries, leaderCommit };
}

/** A request of `n3`, whose log ends with (`lastLogIndex`, `lastLogTerm`). */
export function voteRequest(term: number, lastLogIndex = 0, lastLogTerm = 0) {
  return { term, candidateId: 'n3', lastLogIndex, lastLogTerm };
}

/** Whether a promise is still pending once everything has run that can. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  promise.then(
    () => (isSettled = true),
    () => (isSettled = true),
  );
  await settle();
  return !isSettled;
}
