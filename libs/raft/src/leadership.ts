import type { StartResult, Timer } from '@lockstep/api';
import type { RaftNode } from './node.ts';
import type { Progress } from './progress.ts';
import { leaseMs, NotLeaderError, ReadQueue } from './reads.ts';
import { Replication } from './replication.ts';
import type { LeaderTerm } from './replication.ts';
import { committable, reachedByMajority } from './rules.ts';
import { COMMIT_NOTICE_MS, every, HEARTBEAT_MS, QUORUM_TIMEOUT_MS } from './timing.ts';

/** What a leader needs of its server, and tells it. */
export interface LeadershipEvents {
  commitIndex(): number;
  /** Entries up to `index` are committed. */
  committed(index: number): void;
  /** A server answered from this later term. */
  termSeen(term: number): void;
  /** No majority answers any more. */
  quorumLost(): void;
}

/**
 * One server's leadership of one term. A later term is another leadership, with an object of its own; so an answer that
 * comes after the end of this one finds it over, and changes nothing.
 */
export class Leadership implements LeaderTerm {
  readonly kind = 'leader';
  readonly term: number;
  readonly #node: RaftNode;
  readonly #events: LeadershipEvents;
  readonly #followers: readonly Replication[];
  readonly #reads = new ReadQueue();
  readonly #since: number;
  /** Counts the AppendEntries sent, to all followers together. */
  #calls = 0;
  /** How many there were when the latest round of them was sent for the sake of reads. */
  #callsBeforeReadRound = -1;
  #heartbeat: Timer | undefined;
  #commitNotice: Timer | undefined;
  #isFlushing = false;
  #isOver = false;

  /** The node has won its current term. */
  constructor(node: RaftNode, events: LeadershipEvents) {
    this.term = node.state.currentTerm;
    this.#node = node;
    this.#events = events;
    this.#since = node.host.clock.now();
    this.#followers = [...node.peers.values()].map((client) => new Replication(node, this, client));
  }

  /** Raft §5.2: heartbeats to all servers upon election, and for as long as it lasts. */
  begin(): void {
    this.#beat();
    this.#heartbeat = every(this.#node.host.clock, HEARTBEAT_MS, () => this.#beat());
  }

  end(): void {
    this.#isOver = true;
    this.#heartbeat?.cancel();
    this.#commitNotice?.cancel();
    this.#reads.rejectAll('leadership was lost before a majority confirmed it');
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get commitIndex(): number {
    return this.#events.commitIndex();
  }

  nextCall(): number {
    return ++this.#calls;
  }

  termSeen(term: number): void {
    this.#events.termSeen(term);
  }

  /** Appends a command to the leader's log; its disk and its followers get it in parallel (dissertation §10.2.1). */
  propose(command: unknown): StartResult {
    const index = this.#node.state.append({ term: this.term, command });
    void this.#node.storage.persisted();
    void this.#flush();
    return { index, term: this.term };
  }

  /** Commits what a majority holds on disk. The leader's own disk is one among them, without privilege. */
  advanceCommit(): void {
    const { state } = this.#node;
    const matchIndexes = this.#ofAll(state.durableIndex, ({ matchIndex }) => matchIndex);
    const index = committable(matchIndexes, state.log, this.term);
    if (index === undefined || index <= this.commitIndex) return;
    this.#events.committed(index);
    this.#commitNotice ??= this.#node.host.clock.after(COMMIT_NOTICE_MS, () => {
      this.#commitNotice = undefined;
      for (const follower of this.#followers) follower.announceCommit();
    });
  }

  progressed(): void {
    this.advanceCommit();
    this.#confirmReads();
  }

  /** The commit index, once a majority has confirmed that this server leads (dissertation §6.4). */
  readIndex(): Promise<number> {
    if (!this.#hasCommittedInTerm) {
      return Promise.reject(new NotLeaderError('this leader has not committed an entry of its term yet'));
    }
    const read = this.#reads.add(this.commitIndex, this.#calls);
    this.#confirmReads();
    void this.#flush();
    return read;
  }

  /** The commit index, as long as no other server can have been elected (dissertation §6.4.1). */
  leaseReadIndex(clockDriftBound: number): number | undefined {
    if (!this.#hasCommittedInTerm) return undefined;
    const isHeld = this.#silenceMs() < leaseMs(clockDriftBound);
    return isHeld ? this.commitIndex : undefined;
  }

  /**
   * Until then the commit index may be lower than an earlier leader's: this one holds the entries that were committed
   * last, but cannot tell them from uncommitted ones (dissertation §6.4).
   */
  get #hasCommittedInTerm(): boolean {
    return this.#node.state.log.termAt(this.commitIndex) === this.term;
  }

  /** How long ago the calls were sent that a majority has answered since, this server included. */
  #silenceMs(): number {
    const now = this.#node.host.clock.now();
    return now - reachedByMajority(this.#ofAll(now, ({ answeredSentAt }) => answeredSentAt));
  }

  /** Heartbeats, unless there is nobody left to lead (dissertation §6.2). */
  #beat(): void {
    const { clock } = this.#node.host;
    if (Math.min(this.#silenceMs(), clock.now() - this.#since) > QUORUM_TIMEOUT_MS) {
      return this.#events.quorumLost();
    }
    for (const follower of this.#followers) follower.heartbeat();
  }

  /** Sends at the end of this turn, so that what is started together travels together. */
  async #flush(): Promise<void> {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    await Promise.resolve();
    this.#isFlushing = false;
    if (this.#isOver) return;
    for (const follower of this.#followers) follower.replicate();
    this.#askForReads();
  }

  #confirmReads(): void {
    if (this.#reads.isEmpty) return;
    this.#reads.confirm(this.#answeredByMajority());
    this.#askForReads();
  }

  /** One round of calls for all reads that wait. Those that come while it is under way share the next one. */
  #askForReads(): void {
    if (this.#reads.isEmpty || this.#answeredByMajority() <= this.#callsBeforeReadRound) return;
    this.#callsBeforeReadRound = this.#calls;
    for (const follower of this.#followers) follower.ask();
  }

  #answeredByMajority(): number {
    return reachedByMajority(this.#ofAll(Infinity, ({ answeredCall }) => answeredCall));
  }

  /** One value for each server of the cluster, this one's first. */
  #ofAll(own: number, of: (progress: Progress) => number): number[] {
    return [own, ...this.#followers.map(({ progress }) => of(progress))];
  }
}
