import type {
  Apply,
  Client,
  Host,
  NodeId,
  RaftInspection,
  RaftOptions,
  RaftStatus,
  StartResult,
} from '@lockstep/api';
import { Applier } from './applier.ts';
import { Candidacy } from './candidacy.ts';
import { Leadership } from './leadership.ts';
import type {
  AppendEntriesArgs,
  AppendEntriesReply,
  InstallSnapshotArgs,
  InstallSnapshotReply,
  RaftRpc,
  RequestVoteArgs,
  RequestVoteReply,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import { copyOf } from './plain-data.ts';
import { NotLeaderError } from './reads.ts';
import { grantsVote } from './rules.ts';
import type { PersistentState } from './state.ts';
import { Storage } from './storage.ts';
import { ELECTION_TIMEOUT_MIN_MS, ElectionTimer } from './timing.ts';

const FOLLOWER = { kind: 'follower', end: () => {} } as const;

/** Raft §5.1: at any time a server is in one of three roles. */
type Role = typeof FOLLOWER | Candidacy | Leadership;

/**
 * One Raft server: its role, how that changes, and what it answers to the others (Raft Figure 2, "Rules for servers"
 * and the receivers of its RPCs).
 */
export class Server implements RaftRpc {
  readonly #node: RaftNode;
  readonly #state: PersistentState;
  readonly #storage: Storage;
  readonly #applier: Applier;
  readonly #options: RaftOptions;
  readonly #electionTimer: ElectionTimer;
  #role: Role = FOLLOWER;
  #leaderId: NodeId | undefined;
  /** When the current leader was last heard. Booting counts: the leader may have been heard just before the crash. */
  #heardLeaderAt: number;
  #commitIndex: number;

  constructor(
    host: Host,
    peers: ReadonlyMap<NodeId, Client<RaftRpc>>,
    state: PersistentState,
    apply: Apply,
    options: RaftOptions,
  ) {
    this.#state = state;
    this.#storage = new Storage(host, state, () => this.#onDurable());
    this.#node = { host, peers, state, storage: this.#storage };
    this.#applier = new Applier(this, apply);
    this.#options = options;
    this.#electionTimer = new ElectionTimer(host, () => this.#campaign());
    this.#heardLeaderAt = host.clock.now();
    this.#commitIndex = state.log.lastIncludedIndex;
  }

  /** Begins as a follower (Raft §5.2); a stored snapshot goes to the service first (Raft §7). */
  boot(): void {
    this.#electionTimer.restart();
    this.#applier.wake();
  }

  get state(): PersistentState {
    return this.#state;
  }

  get commitIndex(): number {
    return this.#commitIndex;
  }

  // ---- What the service above calls ---------------------------------------------------------------

  start(command: unknown): StartResult | undefined {
    return this.#role.kind === 'leader' ? this.#role.propose(copyOf(command, 'command')) : undefined;
  }

  status(): RaftStatus {
    const status = { term: this.#state.currentTerm, isLeader: this.#role.kind === 'leader' };
    return this.#leaderId === undefined ? status : { ...status, leaderHint: this.#leaderId };
  }

  /** Raft §7: the service has put everything up to `index` into `data`. */
  snapshot(index: number, data: unknown): void {
    const { log } = this.#state;
    if (index <= log.lastIncludedIndex) return;
    const term = log.termAt(index);
    if (term === undefined || index > this.#applier.lastApplied) {
      throw new RangeError(
        `snapshot(${index}) holds entries after ${this.#applier.lastApplied}, the last one applied`,
      );
    }
    this.#state.install({ lastIncludedIndex: index, lastIncludedTerm: term, data: copyOf(data, 'snapshot') });
    void this.#storage.persisted();
  }

  readIndex(): Promise<number> {
    if (this.#role.kind === 'leader') return this.#role.readIndex();
    return Promise.reject(new NotLeaderError('this server is not the leader'));
  }

  leaseReadIndex(): number | undefined {
    const { clockDriftBound } = this.#options;
    if (clockDriftBound === undefined || this.#role.kind !== 'leader') return undefined;
    return this.#role.leaseReadIndex(clockDriftBound);
  }

  inspect(): RaftInspection {
    const { currentTerm, votedFor, log } = this.#state;
    const { lastIncludedIndex, lastIncludedTerm, lastIndex } = log;
    return {
      role: this.#role.kind,
      currentTerm,
      votedFor,
      commitIndex: this.#commitIndex,
      lastApplied: this.#applier.lastApplied,
      lastIncludedIndex,
      lastIncludedTerm,
      lastIndex,
      entry: (index) => log.entryAt(index),
    };
  }

  // ---- What the other servers call ----------------------------------------------------------------

  /** Raft §5.2, §5.4.1; Figure 2, RequestVote. */
  async requestVote(args: RequestVoteArgs): Promise<RequestVoteReply> {
    if (this.#leaderMayHoldLease()) return { term: this.#state.currentTerm, voteGranted: false };
    this.#observeTerm(args.term);
    const voteGranted = grantsVote(this.#state, args);
    if (voteGranted && this.#state.votedFor === undefined) {
      this.#state.voteFor(args.candidateId);
      // Only for the grant itself: a candidate that hears no answer and repeats itself must not hold up the others.
      this.#electionTimer.restart();
    }
    const reply = { term: this.#state.currentTerm, voteGranted };
    await this.#storage.persisted();
    return reply;
  }

  /** Raft §5.3; Figure 2, AppendEntries. */
  async appendEntries(args: AppendEntriesArgs): Promise<AppendEntriesReply> {
    const { term, prevLogIndex, prevLogTerm, entries, leaderCommit } = args;
    if (term < this.#state.currentTerm) return this.#refuseTerm();
    this.#follow(args.leaderId, term);
    const { log } = this.#state;
    if (!log.matches(prevLogIndex, prevLogTerm)) {
      const conflict = log.conflictAt(prevLogIndex);
      await this.#storage.persisted();
      return { term, success: false, conflict };
    }
    this.#state.merge(prevLogIndex, entries);
    // Rule 5: what lies beyond the message's last entry may be left from another leader, and is not what it committed.
    this.#commitTo(Math.min(leaderCommit, prevLogIndex + entries.length));
    await this.#storage.persisted();
    // An acknowledgement holds for the term in which the entries were taken, and in a later one nobody counts it.
    if (term !== this.#state.currentTerm) return this.#refuseTerm();
    return { term, success: true };
  }

  /** Raft §7; Figure 13, InstallSnapshot, whole in one message. */
  async installSnapshot(args: InstallSnapshotArgs): Promise<InstallSnapshotReply> {
    const { term, leaderId, lastIncludedIndex, lastIncludedTerm, data } = args;
    if (term < this.#state.currentTerm) return this.#refuseTerm();
    this.#follow(leaderId, term);
    // What is committed here is applied or about to be: an older snapshot would take the service back.
    if (lastIncludedIndex > this.#commitIndex) {
      this.#state.install({ lastIncludedIndex, lastIncludedTerm, data });
      this.#node.host.log.info(`installs the snapshot of ${leaderId} up to ${lastIncludedIndex}`);
      this.#commitTo(lastIncludedIndex);
    }
    await this.#storage.persisted();
    return { term: this.#state.currentTerm };
  }

  /** An answer from a later term, to a sender that has been left behind. */
  async #refuseTerm(): Promise<{ term: number; success: false }> {
    await this.#storage.persisted();
    return { term: this.#state.currentTerm, success: false };
  }

  // ---- Roles --------------------------------------------------------------------------------------

  /**
   * Figure 2, "All servers": a later term in any request or reply makes a server a follower of that term (Raft §5.1).
   */
  #observeTerm(term: number): void {
    if (term <= this.#state.currentTerm) return;
    this.#state.enterTerm(term);
    void this.#storage.persisted();
    this.#becomeFollower();
  }

  /** Somebody leads the current term, or a later one: follow it (Raft §5.2). */
  #follow(leaderId: NodeId, term: number): void {
    this.#observeTerm(term);
    this.#becomeFollower();
    this.#leaderId = leaderId;
    this.#heardLeaderAt = this.#node.host.clock.now();
    this.#electionTimer.restart();
  }

  #becomeFollower(): void {
    if (this.#role.kind !== 'follower') this.#node.host.log.info(`no longer ${this.#role.kind}`);
    this.#enter(FOLLOWER);
    this.#leaderId = undefined;
    // A running timeout goes on: a stale leader, or a candidate without a vote, does not postpone the next election.
    this.#electionTimer.ensureRunning();
  }

  /** Raft §5.2: no leader is heard, so a new term begins with this server as a candidate, voting for itself. */
  #campaign(): void {
    const { host } = this.#node;
    this.#state.enterTerm(this.#state.currentTerm + 1);
    this.#state.voteFor(host.id);
    this.#leaderId = undefined;
    host.log.info(`candidate of term ${this.#state.currentTerm}`);
    const candidacy = new Candidacy(this.#node, {
      // The timeout is for the voters; the time that the own disk takes is no reason for yet another term.
      polling: () => this.#electionTimer.restart(),
      won: () => this.#lead(),
      laterTerm: (term) => this.#observeTerm(term),
    });
    this.#enter(candidacy);
    void candidacy.run();
  }

  /** Raft §5.2: a majority has voted for this server. */
  #lead(): void {
    const { host } = this.#node;
    const term = this.#state.currentTerm;
    host.log.info(`leader of term ${term}`);
    const leadership = new Leadership(this.#node, {
      commitIndex: () => this.#commitIndex,
      committed: (index) => this.#commitTo(index),
      laterTerm: (later) => this.#observeTerm(later),
      quorumLost: () => this.#becomeFollower(),
    });
    this.#enter(leadership);
    this.#leaderId = host.id;
    this.#electionTimer.stop();
    // First the service: what it starts from here travels with the first heartbeat.
    this.#options.onLeader?.(term);
    if (!leadership.isOver) leadership.begin();
  }

  #enter(role: Role): void {
    this.#role.end();
    this.#role = role;
  }

  // ---- Commitment ---------------------------------------------------------------------------------

  /** The commit index never goes back: messages may come late and out of order. */
  #commitTo(index: number): void {
    if (index <= this.#commitIndex) return;
    this.#commitIndex = index;
    this.#applier.wake();
  }

  #onDurable(): void {
    if (this.#role.kind === 'leader') this.#role.advanceCommit();
  }

  /**
   * With leases in use, no vote is given within the shortest election timeout of a leader's last message, not even
   * after a
   * restart in between; the request is ignored, its term with it (Raft dissertation §4.2.3, §6.4.1).
   */
  #leaderMayHoldLease(): boolean {
    if (this.#options.clockDriftBound === undefined) return false;
    if (this.#role.kind === 'leader') return true;
    return this.#node.host.clock.now() - this.#heardLeaderAt < ELECTION_TIMEOUT_MIN_MS;
  }
}
