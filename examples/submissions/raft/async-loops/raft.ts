import { RAFT_CONTRACT, RpcError } from '@lockstep/api';
import type {
  Apply,
  ApplyMessage,
  CallContext,
  Client,
  Host,
  NodeId,
  Raft,
  RaftFactory,
  RaftOptions,
  RaftStatus,
  StartResult,
} from '@lockstep/api';
import type {
  AppendEntriesArgs,
  AppendEntriesReply,
  Conflict,
  InstallSnapshotArgs,
  InstallSnapshotReply,
  RaftRpc,
  RequestVoteArgs,
  RequestVoteReply,
} from './messages.ts';
import { Signal } from './signal.ts';
import { PersistentState } from './state.ts';

export const contract = RAFT_CONTRACT;

/** Eight heartbeats a second. */
const HEARTBEAT_MS = 120;
/** Four heartbeats in a row must be lost before anybody runs for leadership. */
const ELECTION_TIMEOUT_MS = { min: 500, max: 1000 };
/** How long a candidate waits for an answer before it asks the same server again. */
const VOTE_RETRY_MS = 200;
/** Long, because late answers are welcome; no loop waits for a call's end. */
const CALL_TIMEOUT_MS = 2500;
/** A follower that left as many calls in a row unanswered gets empty heartbeats until it answers. */
const UNANSWERED_LIMIT = 5;

/** What a leader knows of a follower: `nextIndex` and `matchIndex` of Figure 2, and what its loop needs. */
interface Follower {
  readonly rpc: Client<RaftRpc>;
  nextIndex: number;
  matchIndex: number;
  /** Calls since the last answer. */
  unanswered: number;
  /** Raised for each new entry. */
  readonly news: Signal;
}

/**
 * One server. Its work is done by loops, each an async function that runs for long:
 *
 * - the election loop, which waits for the election timeout to pass;
 * - the apply loop, which takes committed entries to the service;
 * - in a leader, a replication loop for each follower; in a candidate, a loop for each vote.
 *
 * Between two lines with an `await` anything may have happened. Therefore each of them is followed by a look at the term
 * and the role. And nothing leaves this server (an answer, a request for votes, its own weight in a majority) before
 * what it rests on is durable.
 */
class Server implements Raft, RaftRpc {
  readonly #host: Host;
  readonly #peers: readonly NodeId[];
  readonly #apply: Apply;
  readonly #onLeader: RaftOptions['onLeader'];
  readonly #state: PersistentState;

  #role: 'follower' | 'candidate' | 'leader' = 'follower';
  #leader: NodeId | undefined;
  #electionDeadline = 0;
  #commitIndex: number;
  #lastApplied = 0;
  readonly #committed: Signal;
  /** In a candidate: who voted for it, itself included. */
  #votes = new Set<NodeId>();
  /** In a leader: its followers, and the last entry in its own log that is durable. */
  #followers: Follower[] = [];
  #ownMatchIndex = 0;

  constructor(
    host: Host,
    peers: readonly NodeId[],
    apply: Apply,
    options: RaftOptions,
    state: PersistentState,
  ) {
    this.#host = host;
    this.#peers = peers;
    this.#apply = apply;
    this.#onLeader = options.onLeader;
    this.#state = state;
    // A snapshot holds committed entries only. That nothing of it is applied makes the apply loop deliver it first.
    this.#commitIndex = state.snapshot.index;
    this.#committed = new Signal(host.clock);
  }

  run(): void {
    this.#resetElectionTimer();
    this.#host.serve({
      requestVote: (args: RequestVoteArgs, context: CallContext) => this.requestVote(args, context),
      appendEntries: (args: AppendEntriesArgs, context: CallContext) => this.appendEntries(args, context),
      installSnapshot: (args: InstallSnapshotArgs, context: CallContext) =>
        this.installSnapshot(args, context),
    });
    // Not before the service holds its Raft instance: it may call `snapshot` from within `apply`.
    this.#host.clock.after(0, () => {
      void this.#electionLoop();
      void this.#applyLoop();
    });
  }

  // ---------------------------------------------------------------- the service's side

  start(command: unknown): StartResult | undefined {
    if (this.#role !== 'leader') return undefined;
    const term = this.#state.term;
    this.#state.append([{ term, command: structuredClone(command) }]);
    const index = this.#state.lastIndex;
    for (const follower of this.#followers) follower.news.raise();
    void this.#countOwnEntries(term, index);
    return { index, term };
  }

  status(): RaftStatus {
    const status = { term: this.#state.term, isLeader: this.#role === 'leader' };
    return this.#leader === undefined ? status : { ...status, leaderHint: this.#leader };
  }

  snapshot(index: number, data: unknown): void {
    // What is not applied cannot be in the service's state.
    if (index <= this.#state.snapshot.index || index > this.#lastApplied) return;
    const term = this.#state.termAt(index);
    if (term === undefined) return;
    // Nobody has to wait for the disk here: until the batch is durable, the old snapshot and the entries are.
    this.#state.installSnapshot({ index, term, data: structuredClone(data) });
    void this.#state.saved();
  }

  async #applyLoop(): Promise<never> {
    for (;;) {
      const message = this.#nextToApply();
      if (message === undefined) {
        await this.#committed.wait();
      } else {
        // First, so that a snapshot that `apply` takes of this very message counts as applied.
        this.#lastApplied = message.index;
        await this.#apply(message);
      }
    }
  }

  /** The messages are copies: the service may keep and change them, and the log must not change with them. */
  #nextToApply(): ApplyMessage | undefined {
    if (this.#lastApplied >= this.#commitIndex) return undefined;
    const { snapshot } = this.#state;
    if (this.#lastApplied < snapshot.index) {
      return {
        kind: 'snapshot',
        index: snapshot.index,
        term: snapshot.term,
        data: structuredClone(snapshot.data),
      };
    }
    const index = this.#lastApplied + 1;
    const entry = this.#state.entryAt(index);
    if (entry === undefined) return undefined;
    return { kind: 'command', index, term: entry.term, command: structuredClone(entry.command) };
  }

  #commitUpTo(index: number): void {
    if (index <= this.#commitIndex) return;
    this.#commitIndex = index;
    this.#committed.raise();
  }

  // ---------------------------------------------------------------- terms and roles

  /** Rules for all servers: whoever hears of a newer term enters it, as a follower. */
  #observeTerm(term: number): void {
    if (term <= this.#state.term) return;
    this.#state.enterTerm(term);
    this.#leader = undefined;
    this.#becomeFollower();
  }

  #becomeFollower(): void {
    // A leader has let its own election timer lapse.
    if (this.#role === 'leader') this.#resetElectionTimer();
    this.#role = 'follower';
    this.#followers = [];
  }

  #isCandidateIn(term: number): boolean {
    return this.#role === 'candidate' && this.#state.term === term;
  }

  #leads(term: number): boolean {
    return this.#role === 'leader' && this.#state.term === term;
  }

  /** A majority of all servers, this one included. */
  #isMajority(count: number): boolean {
    return count * 2 > this.#peers.length + 1;
  }

  #resetElectionTimer(): void {
    const { min, max } = ELECTION_TIMEOUT_MS;
    this.#electionDeadline = this.#host.clock.now() + this.#host.random.integer(min, max);
  }

  // ---------------------------------------------------------------- elections (§5.2)

  async #electionLoop(): Promise<never> {
    for (;;) {
      if (this.#role === 'leader') {
        await this.#host.clock.sleep(ELECTION_TIMEOUT_MS.min);
        continue;
      }
      const left = this.#electionDeadline - this.#host.clock.now();
      if (left > 0) await this.#host.clock.sleep(Math.ceil(left));
      else await this.#startElection();
    }
  }

  async #startElection(): Promise<void> {
    const { id, log } = this.#host;
    const term = this.#state.term + 1;
    this.#state.enterTerm(term, id);
    this.#role = 'candidate';
    this.#leader = undefined;
    this.#votes = new Set();
    this.#resetElectionTimer();
    log.debug(`runs for term ${term}`);

    // Without this, a crash now could lead to two votes in one term: one for itself, one for another.
    await this.#state.saved();
    if (!this.#isCandidateIn(term)) return;
    this.#countVote(term, id);
    for (const peer of this.#peers) void this.#voteLoop(term, peer);
  }

  /** Asks one server for its vote, until it has answered or the election is over. */
  async #voteLoop(term: number, peer: NodeId): Promise<void> {
    while (this.#isCandidateIn(term)) {
      const askAgainAt = this.#host.clock.now() + VOTE_RETRY_MS;
      if (await this.#within(VOTE_RETRY_MS, this.#askForVote(term, peer))) return;
      await this.#sleepUntil(askAgainAt);
    }
  }

  /** Resolves with whether there was an answer. */
  async #askForVote(term: number, peer: NodeId): Promise<boolean> {
    const args: RequestVoteArgs = {
      term,
      lastLogIndex: this.#state.lastIndex,
      lastLogTerm: this.#state.lastTerm,
    };
    const reply = await this.#answerOf(
      this.#host.peer<RaftRpc>(peer).requestVote(args, { timeoutMs: CALL_TIMEOUT_MS }),
    );
    if (reply === undefined) return false;
    this.#observeTerm(reply.term);
    if (reply.voteGranted && this.#isCandidateIn(term)) this.#countVote(term, peer);
    return true;
  }

  #countVote(term: number, voter: NodeId): void {
    this.#votes.add(voter);
    if (this.#isMajority(this.#votes.size)) this.#becomeLeader(term);
  }

  async requestVote(args: RequestVoteArgs, { from }: CallContext): Promise<RequestVoteReply> {
    this.#observeTerm(args.term);
    if (args.term === this.#state.term && this.#mayVoteFor(from, args)) {
      this.#state.voteFor(from);
      this.#resetElectionTimer();
    }
    await this.#state.saved();
    const { term, votedFor } = this.#state;
    return { term, voteGranted: term === args.term && votedFor === from };
  }

  #mayVoteFor(candidate: NodeId, { lastLogIndex, lastLogTerm }: RequestVoteArgs): boolean {
    const { votedFor, lastIndex, lastTerm } = this.#state;
    if (votedFor !== undefined) return votedFor === candidate;
    // §5.4.1: the later term at the end is more up to date; with the same term, the longer log is.
    return lastLogTerm > lastTerm || (lastLogTerm === lastTerm && lastLogIndex >= lastIndex);
  }

  // ---------------------------------------------------------------- the leader (§5.3)

  #becomeLeader(term: number): void {
    this.#host.log.info(`leads term ${term}`);
    this.#role = 'leader';
    this.#leader = this.#host.id;
    const { lastIndex } = this.#state;
    // All of the log became durable before the first vote was asked for.
    this.#ownMatchIndex = lastIndex;
    this.#followers = this.#peers.map((peer) => ({
      rpc: this.#host.peer<RaftRpc>(peer),
      nextIndex: lastIndex + 1,
      matchIndex: 0,
      unanswered: 0,
      news: new Signal(this.#host.clock),
    }));
    for (const follower of this.#followers) void this.#replicationLoop(term, follower);
    this.#onLeader?.(term);
  }

  /**
   * Keeps one follower up to date: a call at once when there is something new and the last call was answered, and when
   * the heartbeat is due in any case. So entries that come during a call share the next one; and a call that hangs holds
   * up nothing but the next heartbeat, until its time.
   */
  async #replicationLoop(term: number, follower: Follower): Promise<void> {
    while (this.#leads(term)) {
      const heartbeatAt = this.#host.clock.now() + HEARTBEAT_MS;
      const answered = await this.#within(HEARTBEAT_MS, this.#replicate(term, follower));
      while (this.#leads(term) && !(answered && follower.nextIndex <= this.#state.lastIndex)) {
        const left = heartbeatAt - this.#host.clock.now();
        if (left <= 0) break;
        await follower.news.wait(Math.ceil(left));
      }
    }
  }

  /** One call. Resolves with whether there was an answer. */
  async #replicate(term: number, follower: Follower): Promise<boolean> {
    follower.unanswered++;
    const silent = follower.unanswered > UNANSWERED_LIMIT;
    const compacted = follower.nextIndex <= this.#state.snapshot.index;
    const answered =
      compacted && !silent
        ? await this.#sendSnapshot(term, follower)
        : await this.#sendEntries(term, follower, silent);
    if (answered) follower.unanswered = 0;
    return answered;
  }

  async #sendEntries(term: number, follower: Follower, heartbeatOnly: boolean): Promise<boolean> {
    // Only a mere heartbeat can come to lie before the snapshot; it then asks about the snapshot's end.
    const prevLogIndex = Math.max(follower.nextIndex - 1, this.#state.snapshot.index);
    const args: AppendEntriesArgs = {
      term,
      prevLogIndex,
      prevLogTerm: this.#state.termAt(prevLogIndex) ?? 0,
      entries: heartbeatOnly ? [] : this.#state.entriesFrom(prevLogIndex + 1),
      leaderCommit: this.#commitIndex,
    };
    const reply = await this.#answerOf(
      follower.rpc.appendEntries(args, { timeoutMs: CALL_TIMEOUT_MS }),
    );
    if (reply === undefined) return false;
    this.#observeTerm(reply.term);
    if (!this.#leads(term)) return true;
    if (reply.success) this.#noteMatch(term, follower, prevLogIndex + args.entries.length);
    else if (reply.conflict !== undefined) this.#backUp(follower, prevLogIndex, reply.conflict);
    return true;
  }

  async #sendSnapshot(term: number, follower: Follower): Promise<boolean> {
    const { snapshot } = this.#state;
    const reply = await this.#answerOf(
      follower.rpc.installSnapshot({ term, snapshot }, { timeoutMs: CALL_TIMEOUT_MS }),
    );
    if (reply === undefined) return false;
    this.#observeTerm(reply.term);
    if (this.#leads(term)) this.#noteMatch(term, follower, snapshot.index);
    return true;
  }

  /** Answers may overtake each other: what a follower was once known to hold stays known. */
  #noteMatch(term: number, follower: Follower, index: number): void {
    follower.matchIndex = Math.max(follower.matchIndex, index);
    follower.nextIndex = Math.max(follower.nextIndex, follower.matchIndex + 1);
    this.#advanceCommitIndex(term);
  }

  #backUp(follower: Follower, prevLogIndex: number, conflict: Conflict): void {
    // Not the answer to what would be asked now: it was late, or another came first.
    if (prevLogIndex !== follower.nextIndex - 1) return;
    // If this log has the follower's term too, it can share entries of it up to the last; otherwise it shares none.
    const shared =
      conflict.term === undefined ? undefined : this.#state.lastIndexOfTerm(conflict.term, prevLogIndex);
    const next = shared === undefined ? conflict.index : shared + 1;
    follower.nextIndex = Math.max(follower.matchIndex + 1, Math.min(next, prevLogIndex));
  }

  async #countOwnEntries(term: number, index: number): Promise<void> {
    await this.#state.saved();
    if (!this.#leads(term)) return;
    this.#ownMatchIndex = Math.max(this.#ownMatchIndex, index);
    this.#advanceCommitIndex(term);
  }

  #advanceCommitIndex(term: number): void {
    const matches = [this.#ownMatchIndex, ...this.#followers.map(({ matchIndex }) => matchIndex)];
    matches.sort((a, b) => b - a);
    const index = matches.find((_, position) => this.#isMajority(position + 1));
    // §5.4.2: entries of earlier terms are committed only along with one of the current term.
    if (index !== undefined && this.#state.termAt(index) === term) this.#commitUpTo(index);
  }

  // ---------------------------------------------------------------- the follower (§5.3, §7)

  async appendEntries(args: AppendEntriesArgs, { from }: CallContext): Promise<AppendEntriesReply> {
    const conflict = this.#follow(args.term, from) ? this.#takeEntries(args) : undefined;
    await this.#state.saved();
    const { term } = this.#state;
    // A newer term may have begun meanwhile, and its leader may have undone what was taken.
    if (term !== args.term) return { term, success: false };
    if (conflict !== undefined) return { term, success: false, conflict };
    // Not further than this call has shown the logs to be equal.
    this.#commitUpTo(Math.min(args.leaderCommit, args.prevLogIndex + args.entries.length));
    return { term, success: true };
  }

  /** Whether the caller, a leader in `term`, is one to follow. */
  #follow(term: number, leader: NodeId): boolean {
    if (term < this.#state.term) return false;
    this.#observeTerm(term);
    this.#becomeFollower();
    this.#leader = leader;
    this.#resetElectionTimer();
    return true;
  }

  #takeEntries({ prevLogIndex, prevLogTerm, entries }: AppendEntriesArgs): Conflict | undefined {
    const state = this.#state;
    const compacted = state.snapshot.index;
    // What the snapshot holds is committed, hence the same in every leader's log: nothing to compare there.
    if (prevLogIndex >= compacted) {
      const term = state.termAt(prevLogIndex);
      if (term === undefined) return { index: state.lastIndex + 1, term };
      if (term !== prevLogTerm) return { index: state.firstIndexOfTermAt(prevLogIndex), term };
    }
    for (const [i, entry] of entries.entries()) {
      const index = prevLogIndex + 1 + i;
      if (index <= compacted) continue;
      const term = state.termAt(index);
      if (term === entry.term) continue;
      // Only a conflict may shorten the log: this call may be an old one, with fewer entries than came since.
      if (term !== undefined) state.truncateFrom(index);
      state.append(entries.slice(i));
      break;
    }
    return undefined;
  }

  async installSnapshot(
    { term, snapshot }: InstallSnapshotArgs,
    { from }: CallContext,
  ): Promise<InstallSnapshotReply> {
    // What is committed here needs no snapshot; and one that is on its way to the disk needs no older one.
    const known = Math.max(this.#commitIndex, this.#state.snapshot.index);
    if (this.#follow(term, from) && snapshot.index > known) this.#state.installSnapshot(snapshot);
    await this.#state.saved();
    if (this.#state.term === term) this.#commitUpTo(snapshot.index);
    return { term: this.#state.term };
  }

  // ---------------------------------------------------------------- calls and time

  /** The reply, or `undefined` when there was none: then the request may or may not have been served. */
  async #answerOf<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      if (error.code !== 'unavailable') this.#host.log.warn('a call failed', `${error.code}: ${error.message}`);
      return undefined;
    }
  }

  /** What `answer` resolves with, or `false` when that takes longer than `ms`. */
  #within(ms: number, answer: Promise<boolean>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const timer = this.#host.clock.after(ms, () => resolve(false));
      answer.then((answered) => {
        timer.cancel();
        resolve(answered);
      }, reject);
    });
  }

  async #sleepUntil(time: number): Promise<void> {
    const left = time - this.#host.clock.now();
    if (left > 0) await this.#host.clock.sleep(Math.ceil(left));
  }
}

const makeRaft: RaftFactory = async (host, peers, apply, options) => {
  const server = new Server(host, peers, apply, options, await PersistentState.load(host));
  server.run();
  return server;
};

export default makeRaft;
