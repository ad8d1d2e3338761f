import type {
  Apply,
  Client,
  Host,
  NodeId,
  Raft,
  RaftInspection,
  RaftOptions,
  RaftStatus,
  StartResult,
} from '@lockstep/api';
import { Applier } from './applier.ts';
import { Candidacy } from './candidacy.ts';
import { Leadership } from './leadership.ts';
import type { RaftRpc } from './messages.ts';
import type { RaftNode } from './node.ts';
import { copyOf } from './plain-data.ts';
import { NotLeaderError } from './reads.ts';
import { Receivers } from './receivers.ts';
import type { ReceiverEvents } from './receivers.ts';
import type { PersistentState } from './state.ts';
import { Storage } from './storage.ts';
import { ELECTION_TIMEOUT_MIN_MS, ElectionTimer } from './timing.ts';

const FOLLOWER = { kind: 'follower', end: () => {} } as const;

/** Raft §5.1: at any time a server is in one of three roles. */
type Role = typeof FOLLOWER | Candidacy | Leadership;

/** One Raft server: its role and how that changes, and what is committed (Raft Figure 2, "Rules for Servers"). */
export class Server implements Required<Raft>, ReceiverEvents {
  /** What the other servers call. */
  readonly receivers: Receivers;
  readonly #node: RaftNode;
  readonly #options: RaftOptions;
  readonly #applier: Applier;
  readonly #electionTimer: ElectionTimer;
  #role: Role = FOLLOWER;
  #leaderId: NodeId | undefined;
  /** Booting counts as hearing the leader: it may have been heard just before the crash. */
  #leaderHeardAt: number;
  #commitIndex: number;

  constructor(
    host: Host,
    peers: ReadonlyMap<NodeId, Client<RaftRpc>>,
    state: PersistentState,
    apply: Apply,
    options: RaftOptions,
  ) {
    const storage = new Storage(host, state, () => this.#batchDurable());
    this.#node = { host, peers, state, storage };
    this.receivers = new Receivers(this.#node, this);
    this.#options = options;
    this.#applier = new Applier(state, apply);
    this.#electionTimer = new ElectionTimer(host, () => this.#campaign());
    this.#leaderHeardAt = host.clock.now();
    this.#commitIndex = state.log.lastIncludedIndex;
  }

  /** Begins as a follower (Raft §5.2); a stored snapshot goes to the service first (Raft §7). */
  boot(): void {
    this.#electionTimer.restart();
    this.#applier.applyUpTo(this.#commitIndex);
  }

  // ---- Roles --------------------------------------------------------------------------------------

  /**
   * Figure 2, "All Servers": a later term in any request or answer makes this server a follower in it (Raft §5.1).
   */
  termSeen(term: number): void {
    if (term <= this.#node.state.currentTerm) return;
    this.#node.state.enterTerm(term);
    void this.#node.storage.persisted();
    this.#becomeFollower();
  }

  /** Figure 2, "Followers" and "Candidates": whoever leads this term or a later one is followed (Raft §5.2). */
  leaderHeard(leaderId: NodeId, term: number): void {
    this.termSeen(term);
    this.#becomeFollower();
    this.#leaderId = leaderId;
    this.#leaderHeardAt = this.#node.host.clock.now();
    this.#electionTimer.restart();
  }

  /** Figure 2, "Followers": a vote given counts like a leader heard (Raft §5.2). */
  voteGiven(): void {
    this.#electionTimer.restart();
  }

  #becomeFollower(): void {
    this.#enter(FOLLOWER);
    this.#leaderId = undefined;
    // A timeout that is running goes on: stale leaders, and candidates without a vote, do not postpone elections.
    this.#electionTimer.ensureRunning();
  }

  /** Figure 2, "Candidates": a new term begins with this server asking for votes, its own given (Raft §5.2). */
  #campaign(): void {
    const { host, state } = this.#node;
    state.enterTerm(state.currentTerm + 1);
    state.voteFor(host.id);
    const candidacy = new Candidacy(this.#node, {
      // The timeout is for the voters; that the own disk takes its time is no reason for yet another term.
      polling: () => this.#electionTimer.restart(),
      won: () => this.#lead(),
      termSeen: (term) => this.termSeen(term),
    });
    this.#enter(candidacy);
    this.#leaderId = undefined;
    void candidacy.run();
  }

  /** Figure 2, "Leaders": a majority has voted for this server in its current term (Raft §5.2). */
  #lead(): void {
    const { host, state } = this.#node;
    const leadership = new Leadership(this.#node, {
      commitIndex: () => this.#commitIndex,
      committed: (index) => this.committed(index),
      termSeen: (term) => this.termSeen(term),
      quorumLost: () => this.#becomeFollower(),
    });
    this.#enter(leadership);
    this.#leaderId = host.id;
    this.#electionTimer.stop();
    // The service first: what it starts from here travels with the first heartbeat.
    this.#options.onLeader?.(state.currentTerm);
    if (!leadership.isOver) leadership.begin();
  }

  #enter(role: Role): void {
    const isNews = role.kind !== this.#role.kind || role.kind === 'candidate';
    if (isNews) this.#node.host.log.info(`${role.kind} in term ${this.#node.state.currentTerm}`);
    this.#role.end();
    this.#role = role;
  }

  /**
   * With leases in use, no vote is given within the shortest election timeout of hearing a leader, not even after a
   * restart in between. The request is ignored, and its term with it (Raft dissertation §4.2.3, §6.4.1).
   */
  get isVoteBarred(): boolean {
    if (this.#options.clockDriftBound === undefined) return false;
    if (this.#role.kind === 'leader') return true;
    return this.#node.host.clock.now() - this.#leaderHeardAt < ELECTION_TIMEOUT_MIN_MS;
  }

  // ---- Commitment ---------------------------------------------------------------------------------

  get commitIndex(): number {
    return this.#commitIndex;
  }

  /** The commit index never goes back, though messages come late and out of order. */
  committed(index: number): void {
    if (index <= this.#commitIndex) return;
    this.#commitIndex = index;
    this.#applier.applyUpTo(index);
  }

  #batchDurable(): void {
    if (this.#role.kind === 'leader') this.#role.advanceCommit();
  }

  // ---- What the service above calls: see `Raft` ---------------------------------------------------

  start(command: unknown): StartResult | undefined {
    return this.#role.kind === 'leader' ? this.#role.propose(copyOf(command, 'command')) : undefined;
  }

  status(): RaftStatus {
    const term = this.#node.state.currentTerm;
    const isLeader = this.#role.kind === 'leader';
    const leaderHint = this.#leaderId;
    return leaderHint === undefined ? { term, isLeader } : { term, isLeader, leaderHint };
  }

  snapshot(index: number, data: unknown): void {
    const { state, storage } = this.#node;
    if (index <= state.log.lastIncludedIndex) return;
    const term = state.log.termAt(index);
    if (term === undefined || index > this.#applier.lastApplied) {
      throw new RangeError(
        `snapshot(${index}), but entries are applied only up to ${this.#applier.lastApplied}`,
      );
    }
    state.install({ lastIncludedIndex: index, lastIncludedTerm: term, data: copyOf(data, 'snapshot') });
    void storage.persisted();
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
    const { currentTerm, votedFor, log } = this.#node.state;
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
}
