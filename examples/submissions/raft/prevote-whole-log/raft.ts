/**
 * Raft as a state machine: every method below handles one event (a call from another server, a reply, a timer, a
 * finished write, a call of the service above), changes the state, and returns. Nothing loops in the background.
 *
 * After each wait, for a reply or for the disk, the continuation first asks whether it still concerns the present
 * term and role. What another server learns from this one is durable before it is sent.
 */
import { RAFT_CONTRACT, RpcError } from '@lockstep/api';
import type {
  Apply,
  ApplyMessage,
  Client,
  Host,
  NodeId,
  Raft,
  RaftInspection,
  RaftOptions,
  RaftStatus,
  StartResult,
  Timer,
} from '@lockstep/api';
import { Store } from './store.ts';
import type {
  AppendArgs,
  AppendReply,
  Conflict,
  RaftRpc,
  SnapshotArgs,
  SnapshotReply,
  VoteArgs,
  VoteReply,
} from './rpc.ts';

export const contract = RAFT_CONTRACT;

/** A leader lets no follower wait longer for a message: a little less than ten a second. */
const HEARTBEAT_MS = 105;
/** Election timeouts are drawn anew from this range each time (§5.2). */
const ELECTION_MIN_MS = 350;
const ELECTION_MAX_MS = 700;
/** Who has heard from a leader within this time thinks that no election is needed (dissertation, §9.6). */
const LEADER_ALIVE_MS = 300;
/** A candidate asks those again who have not answered for so long. */
const ASK_AGAIN_MS = 150;
/** A leader that no majority has answered for so long gives up (dissertation, §6.2). */
const QUORUM_MS = 2000;
/** Late answers are still good, and nobody waits for them, so calls may take their time. */
const CALL = { timeoutMs: 2000 };

/** Another server, and what a leader knows about it. */
interface Peer {
  readonly id: NodeId;
  readonly client: Client<RaftRpc>;
  nextIndex: number;
  matchIndex: number;
  /** Counts the messages to it; the last one's number. */
  sent: number;
  /** Messages since its last answer. While it is not 0, new entries wait for the answer or the next heartbeat. */
  unanswered: number;
  heardAt: number;
  /** The next heartbeat. */
  timer: Timer | undefined;
}

/**
 * One round of PreVote or RequestVote. It is over as soon as `RaftServer.#round` is another one (or none), which
 * every change of term and role sees to; so a reply is checked by looking whether its round is still the present one.
 */
interface Round {
  readonly pre: boolean;
  /** The term in question: in a PreVote the next one, which has not begun. */
  readonly term: number;
  readonly answered: Set<NodeId>;
  readonly granted: Set<NodeId>;
}

type Role = 'follower' | 'candidate' | 'leader';

export default function createRaft(
  host: Host,
  peers: readonly NodeId[],
  apply: Apply,
  options: RaftOptions,
): Promise<Raft> {
  return Store.load(host).then((store) => {
    const server = new RaftServer(host, peers, apply, options, store);
    const service: RaftRpc = {
      preVote: (args) => server.preVote(args),
      requestVote: (args) => server.requestVote(args),
      appendEntries: (args) => server.appendEntries(args),
      installSnapshot: (args) => server.installSnapshot(args),
    };
    host.serve(service);
    return server;
  });
}

class RaftServer implements Raft, RaftRpc {
  readonly #host: Host;
  readonly #peers: readonly Peer[];
  readonly #majority: number;
  readonly #apply: Apply;
  readonly #options: RaftOptions;

  /** currentTerm, votedFor, log[] and the snapshot. */
  readonly #store: Store;

  /** A server in its PreVote is a follower still: it has begun no term. */
  #role: Role = 'follower';
  #leader: NodeId | undefined;
  #leaderHeardAt = -Infinity;
  #round: Round | undefined;
  /** The one timer of the role: the election timeout, or a leader's look whether a majority still answers. */
  #timer: Timer | undefined;

  #commitIndex: number;
  #lastApplied = 0;
  /** A message is with the service above (or the boot is not over), so that the next one has to wait. */
  #applying = true;

  /** As a leader: the end of its own log as far as it is durable, its own matchIndex as it were. */
  #ownMatch = 0;
  /** A microtask is under way that takes care of entries added by `start`. */
  #gathering = false;

  constructor(host: Host, peers: readonly NodeId[], apply: Apply, options: RaftOptions, store: Store) {
    this.#host = host;
    this.#store = store;
    this.#apply = apply;
    this.#options = options;
    this.#majority = Math.floor((peers.length + 1) / 2) + 1;
    this.#peers = peers.map((id) => ({
      id,
      client: host.peer<RaftRpc>(id),
      nextIndex: 0,
      matchIndex: 0,
      sent: 0,
      unanswered: 0,
      heardAt: 0,
      timer: undefined,
    }));
    // A snapshot holds committed entries only (§7).
    this.#commitIndex = store.log.base;
    this.#restartElectionTimer();
    // The service gets its first message, a stored snapshot, when it has this object and may call `snapshot` on it.
    host.clock.after(0, () => {
      this.#applying = false;
      this.#pump();
    });
  }

  // ---- The service above -------------------------------------------------------------------------------

  status(): RaftStatus {
    const { term } = this.#store;
    const isLeader = this.#role === 'leader';
    return this.#leader === undefined ? { term, isLeader } : { term, isLeader, leaderHint: this.#leader };
  }

  start(command: unknown): StartResult | undefined {
    if (this.#role !== 'leader') return undefined;
    const { term, log } = this.#store;
    const index = log.append({ term, command: structuredClone(command) });
    this.#store.changed();
    this.#gather();
    return { index, term };
  }

  snapshot(index: number, data: unknown): void {
    const { log } = this.#store;
    if (index <= log.base || index > this.#lastApplied) return;
    const term = log.term(index);
    if (term === undefined) return;
    this.#store.replaceBy({ index, term, data: structuredClone(data) });
  }

  inspect(): RaftInspection {
    const { term, vote, log } = this.#store;
    return {
      role: this.#role,
      currentTerm: term,
      votedFor: vote,
      commitIndex: this.#commitIndex,
      lastApplied: this.#lastApplied,
      lastIncludedIndex: log.base,
      lastIncludedTerm: log.baseTerm,
      lastIndex: log.lastIndex,
      entry: (index) => log.entry(index),
    };
  }

  /**
   * Hands the service what it has not had yet, one message after the other. It is called whenever there may be
   * something new; a message that the service is busy with calls it again at its end.
   */
  #pump(): void {
    while (!this.#applying) {
      const message = this.#nextMessage();
      if (message === undefined) return;
      this.#lastApplied = message.index;
      // Also while a synchronous `apply` runs: it may call `snapshot` or `start`.
      this.#applying = true;
      const busy = this.#apply(message);
      if (busy !== undefined) {
        void busy.then(() => {
          this.#applying = false;
          this.#pump();
        });
        return;
      }
      this.#applying = false;
    }
  }

  #nextMessage(): ApplyMessage | undefined {
    const { log, snapshot } = this.#store;
    // Entries that the service lacks have been dropped: the snapshot stands for them.
    if (this.#lastApplied < log.base && snapshot !== undefined) return { kind: 'snapshot', ...snapshot };
    if (this.#lastApplied >= this.#commitIndex) return undefined;
    const index = this.#lastApplied + 1;
    const entry = log.entry(index);
    return entry && { kind: 'command', index, term: entry.term, command: entry.command };
  }

  // ---- Terms and roles ---------------------------------------------------------------------------------

  /** Figure 2, "All servers": a newer term in any request or reply makes this server its follower. */
  #observe(term: number): void {
    if (term <= this.#store.term) return;
    this.#store.term = term;
    this.#store.vote = undefined;
    this.#store.changed();
    this.#leader = undefined;
    this.#round = undefined;
    // A follower's election timeout goes on: a term alone is no sign of a leader.
    if (this.#role !== 'follower') this.#becomeFollower();
  }

  /** In the same term or, from `#observe`, in a newer one. */
  #becomeFollower(): void {
    for (const peer of this.#peers) peer.timer?.cancel();
    this.#role = 'follower';
    this.#leader = undefined;
    this.#round = undefined;
    this.#restartElectionTimer();
  }

  /** A message of the present term's only leader has come (§5.2). */
  #hearLeader(leader: NodeId): void {
    this.#becomeFollower();
    this.#leader = leader;
    this.#leaderHeardAt = this.#host.clock.now();
  }

  #restartElectionTimer(): void {
    const timeout = this.#host.random.integer(ELECTION_MIN_MS, ELECTION_MAX_MS);
    this.#setTimer(timeout, () => this.#beginPreVote());
  }

  #setTimer(ms: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#host.clock.after(ms, run);
  }

  // ---- Elections: the candidate's side -------------------------------------------------------------------

  /**
   * Dissertation, §9.6: ask first whether a majority would vote for this server, and leave the term alone until then.
   * So a server that was cut off does not come back with a term that deposes a working leader.
   */
  #beginPreVote(): void {
    // A candidate whose election came to nothing asks again like everybody else.
    this.#becomeFollower();
    const round: Round = { pre: true, term: this.#store.term + 1, answered: new Set(), granted: new Set() };
    this.#round = round;
    this.#canvass(round);
    this.#countVote(round, this.#host.id);
  }

  /** §5.2: to begin an election, a server increments its term and votes for itself. */
  #beginElection(): void {
    this.#role = 'candidate';
    this.#leader = undefined;
    this.#store.term++;
    this.#store.vote = this.#host.id;
    this.#store.changed();
    this.#restartElectionTimer();
    const round: Round = { pre: false, term: this.#store.term, answered: new Set(), granted: new Set() };
    this.#round = round;
    // Its vote for itself is a vote like others: it counts, and others hear of the term, once it cannot be forgotten.
    void this.#store.durable().then(() => {
      if (this.#round !== round) return;
      this.#canvass(round);
      this.#countVote(round, this.#host.id);
    });
  }

  /** Asks everybody who has not answered in this round, now and again while the round lasts. */
  #canvass(round: Round): void {
    if (this.#round !== round) return;
    const { log } = this.#store;
    const args: VoteArgs = {
      term: round.term,
      candidate: this.#host.id,
      lastIndex: log.lastIndex,
      lastTerm: log.lastTerm,
    };
    for (const peer of this.#peers) {
      if (round.answered.has(peer.id)) continue;
      const call = round.pre ? peer.client.preVote(args, CALL) : peer.client.requestVote(args, CALL);
      void call.then((reply) => this.#onVoteReply(round, peer, reply), ignoreLostCall);
    }
    this.#host.clock.after(ASK_AGAIN_MS, () => this.#canvass(round));
  }

  #onVoteReply(round: Round, peer: Peer, reply: VoteReply): void {
    this.#observe(reply.term);
    if (this.#round !== round) return;
    round.answered.add(peer.id);
    if (reply.granted) this.#countVote(round, peer.id);
  }

  #countVote(round: Round, from: NodeId): void {
    round.granted.add(from);
    if (round.granted.size < this.#majority) return;
    if (round.pre) this.#beginElection();
    else this.#becomeLeader();
  }

  // ---- Elections: the voter's side -----------------------------------------------------------------------

  /** Would this server vote for the sender? Neither side's term nor vote changes, nor the election timeout. */
  preVote(args: VoteArgs): Promise<VoteReply> {
    const leaderAlive =
      this.#role === 'leader' || this.#host.clock.now() - this.#leaderHeardAt < LEADER_ALIVE_MS;
    const granted = !leaderAlive && this.#mayVoteFor(args);
    return this.#whenDurable(() => ({ term: this.#store.term, granted }));
  }

  requestVote(args: VoteArgs): Promise<VoteReply> {
    this.#observe(args.term);
    const granted = this.#mayVoteFor(args);
    if (granted) {
      this.#store.vote = args.candidate;
      this.#store.changed();
      // Neither candidates nor leaders get here, as they have voted for themselves; it ends a PreVote of its own.
      this.#becomeFollower();
    }
    return this.#whenDurable(() => ({
      term: this.#store.term,
      granted: granted && this.#store.term === args.term,
    }));
  }

  #mayVoteFor(args: VoteArgs): boolean {
    const { term, vote, log } = this.#store;
    if (args.term < term) return false;
    // One vote a term, and the same answer to the same question (Figure 2, RequestVote, step 2).
    if (args.term === term && vote !== undefined && vote !== args.candidate) return false;
    // §5.4.1: the later last term is more up-to-date; with equal ones, the longer log.
    if (args.lastTerm !== log.lastTerm) return args.lastTerm > log.lastTerm;
    return args.lastIndex >= log.lastIndex;
  }

  /**
   * Figure 2: persistent state is updated on stable storage before responding. If the term changed while the disk
   * was busy, the answer would tell of a term that is not durable, so it waits for that one as well.
   */
  #whenDurable<Reply>(answer: () => Reply): Promise<Reply> {
    const { term } = this.#store;
    return this.#store
      .durable()
      .then(() => (this.#store.term === term ? answer() : this.#whenDurable(answer)));
  }

  // ---- The leader's side -----------------------------------------------------------------------------------

  #becomeLeader(): void {
    const { term, log } = this.#store;
    const now = this.#host.clock.now();
    this.#role = 'leader';
    this.#leader = this.#host.id;
    this.#round = undefined;
    this.#ownMatch = 0;
    for (const peer of this.#peers) {
      peer.nextIndex = log.lastIndex + 1;
      peer.matchIndex = 0;
      peer.unanswered = 0;
      peer.heardAt = now;
    }
    this.#setTimer(QUORUM_MS, () => this.#checkQuorum());
    // If the service starts a command from here, the first heartbeats take it along.
    this.#options.onLeader?.(term);
    this.#gather();
    for (const peer of this.#peers) this.#send(peer);
  }

  /**
   * With PreVote, followers that hear a leader never depose it, even if it cannot hear them. So a leader that no
   * majority has answered for a while makes room itself (dissertation, §6.2).
   */
  #checkQuorum(): void {
    const since = this.#host.clock.now() - QUORUM_MS;
    const heard = this.#peers.filter((peer) => peer.heardAt >= since).length;
    if (heard + 1 < this.#majority) this.#becomeFollower();
    else this.#setTimer(QUORUM_MS, () => this.#checkQuorum());
  }

  /** Looks after new entries once the present event is over, so that many calls of `start` share write and messages. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    queueMicrotask(() => {
      this.#gathering = false;
      if (this.#role !== 'leader') return;
      const { term, log } = this.#store;
      const { lastIndex } = log;
      // The leader's own copy counts as soon as it is durable; meanwhile the followers write theirs.
      void this.#store.durable().then(() => {
        if (this.#role !== 'leader' || this.#store.term !== term) return;
        this.#ownMatch = Math.max(this.#ownMatch, lastIndex);
        this.#advanceCommit();
      });
      for (const peer of this.#peers) this.#sendRest(peer);
    });
  }

  /** Sends entries that the peer lacks, unless an earlier message is still without an answer. */
  #sendRest(peer: Peer): void {
    if (peer.unanswered === 0 && peer.nextIndex <= this.#store.log.lastIndex) this.#send(peer);
  }

  /** One message to one peer: whatever it needs next, or just a sign of life. The next follows in a heartbeat's time. */
  #send(peer: Peer): void {
    peer.timer?.cancel();
    peer.timer = this.#host.clock.after(HEARTBEAT_MS, () => this.#send(peer));
    // Two in a row may get lost; a third one means that it is away, and gets no more than knocks on the door.
    const away = peer.unanswered >= 2;
    peer.unanswered++;
    peer.sent++;
    if (peer.nextIndex <= this.#store.log.base && !away) this.#sendSnapshot(peer);
    else this.#sendEntries(peer, away);
  }

  #sendEntries(peer: Peer, away: boolean): void {
    const { term, log } = this.#store;
    const prevIndex = Math.max(peer.nextIndex - 1, log.base);
    const args: AppendArgs = {
      term,
      leader: this.#host.id,
      prevIndex,
      prevTerm: log.term(prevIndex) ?? 0,
      entries: away ? [] : log.from(prevIndex + 1),
      commit: this.#commitIndex,
    };
    const { sent } = peer;
    const call = peer.client.appendEntries(args, CALL);
    void call.then((reply) => this.#onAppendReply(peer, sent, args, reply), ignoreLostCall);
  }

  #onAppendReply(peer: Peer, sent: number, args: AppendArgs, reply: AppendReply): void {
    if (!this.#isAnswerToLeader(peer, sent, args.term, reply.term)) return;
    if (reply.success) {
      this.#onMatch(peer, args.prevIndex + args.entries.length);
      return;
    }
    // An answer to another question than the last one: nextIndex has moved since, and this is no reason to move it.
    if (args.prevIndex === peer.nextIndex - 1) this.#backUp(peer, args.prevIndex, reply.conflict);
    // When it was below the snapshot already, a knock on the door has just been answered.
    else if (peer.nextIndex > this.#store.log.base) return;
    this.#sendRest(peer);
  }

  #sendSnapshot(peer: Peer): void {
    const { term, snapshot } = this.#store;
    if (snapshot === undefined) return;
    const args: SnapshotArgs = {
      term,
      leader: this.#host.id,
      index: snapshot.index,
      lastTerm: snapshot.term,
      data: snapshot.data,
    };
    const { sent } = peer;
    void peer.client.installSnapshot(args, CALL).then((reply) => {
      if (this.#isAnswerToLeader(peer, sent, term, reply.term)) this.#onMatch(peer, args.index);
    }, ignoreLostCall);
  }

  /** The first step for each reply to a leader: is it one to the present leader of the present term? */
  #isAnswerToLeader(peer: Peer, sent: number, askedIn: number, term: number): boolean {
    this.#observe(term);
    if (this.#role !== 'leader' || this.#store.term !== askedIn) return false;
    peer.heardAt = this.#host.clock.now();
    // A late answer shows that the peer is alive, but there is still a newer message under way.
    peer.unanswered = sent === peer.sent ? 0 : Math.min(peer.unanswered, 1);
    return true;
  }

  /** Answers overtake each other, and an old one never takes anything back. */
  #onMatch(peer: Peer, index: number): void {
    peer.matchIndex = Math.max(peer.matchIndex, index);
    peer.nextIndex = Math.max(peer.nextIndex, index + 1);
    this.#advanceCommit();
    this.#sendRest(peer);
  }

  /**
   * The end of §5.3: skip all entries of the conflicting term at once. If the leader has entries of that term too,
   * the logs may agree up to its last one; if not, the follower's whole run of it is wrong.
   */
  #backUp(peer: Peer, prevIndex: number, conflict: Conflict | undefined): void {
    let next = conflict?.index ?? prevIndex;
    if (conflict?.term !== undefined) {
      const last = this.#store.log.lastOfTerm(conflict.term, prevIndex - 1);
      if (last !== undefined) next = last + 1;
    }
    // It goes back by one at least, and never behind what is known to match.
    peer.nextIndex = Math.max(Math.min(next, prevIndex), peer.matchIndex + 1);
  }

  /**
   * Figure 2, leaders: N is the highest index that a majority has. Entries of earlier terms are never committed by
   * counting (§5.4.2, Figure 8): they come along with the first entry of this term.
   */
  #advanceCommit(): void {
    const match = [this.#ownMatch, ...this.#peers.map((peer) => peer.matchIndex)].sort((a, b) => b - a);
    const index = match[this.#majority - 1] ?? 0;
    if (index <= this.#commitIndex || this.#store.log.term(index) !== this.#store.term) return;
    this.#commitIndex = index;
    this.#pump();
  }

  // ---- The follower's side ---------------------------------------------------------------------------------

  appendEntries(args: AppendArgs): Promise<AppendReply> {
    this.#observe(args.term);
    let matches = false;
    let conflict: Conflict | undefined;
    if (args.term === this.#store.term) {
      this.#hearLeader(args.leader);
      conflict = this.#conflictAt(args.prevIndex, args.prevTerm);
      matches = conflict === undefined;
      if (matches) this.#accept(args);
    }
    return this.#whenDurable(() => {
      const { term } = this.#store;
      // Within a term there is one leader, whose log only grows: what it has sent is still there. In a newer one
      // another may have overwritten it.
      if (term !== args.term) return { term, success: false };
      return conflict === undefined ? { term, success: matches } : { term, success: false, conflict };
    });
  }

  /** The consistency check of §5.3; `undefined` if it succeeds. What the snapshot covers is committed, and matches. */
  #conflictAt(prevIndex: number, prevTerm: number): Conflict | undefined {
    const { log } = this.#store;
    if (prevIndex <= log.base) return undefined;
    const term = log.term(prevIndex);
    if (term === undefined) return { index: log.lastIndex + 1 };
    return term === prevTerm ? undefined : { index: log.startOfRun(prevIndex), term };
  }

  #accept(args: AppendArgs): void {
    if (this.#store.log.merge(args.prevIndex, args.entries)) this.#store.changed();
    // Figure 2, step 5: only up to the last entry of this message is the log known to be the leader's.
    const commit = Math.min(args.commit, args.prevIndex + args.entries.length);
    if (commit <= this.#commitIndex) return;
    this.#commitIndex = commit;
    this.#pump();
  }

  installSnapshot(args: SnapshotArgs): Promise<SnapshotReply> {
    this.#observe(args.term);
    if (args.term === this.#store.term) {
      this.#hearLeader(args.leader);
      // What is committed here needs no snapshot: the entries are in the log, and the service has them or gets them.
      if (args.index > this.#commitIndex) {
        this.#store.replaceBy({ index: args.index, term: args.lastTerm, data: args.data });
        this.#commitIndex = args.index;
        this.#pump();
      }
    }
    return this.#whenDurable(() => ({ term: this.#store.term }));
  }
}

/** A call that brought no answer tells nothing. Whoever still wants one asks again by a timer. */
function ignoreLostCall(error: unknown): void {
  if (!(error instanceof RpcError)) throw error;
}
