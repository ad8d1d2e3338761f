import type { Client } from '@lockstep/api';
import type { RaftRpc } from './messages.ts';
import { replyOf } from './node.ts';
import type { RaftNode } from './node.ts';
import { Progress } from './progress.ts';
import { APPEND_TIMEOUT_MS, SNAPSHOT_TIMEOUT_MS } from './timing.ts';

/** The most bytes of commands in one AppendEntries, unless a single command is larger. */
export const MAX_BATCH_BYTES = 64 * 1024;

/** The leadership that a replication is part of. */
export interface LeaderTerm {
  readonly term: number;
  /** No message of this term is sent any more, and no answer counts. */
  readonly isOver: boolean;
  readonly commitIndex: number;
  /** Numbers the leader's AppendEntries, to all followers together. */
  nextCall(): number;
  /** A server answered from this later term. */
  termSeen(term: number): void;
  /** A follower has answered. */
  progressed(): void;
}

/**
 * Brings one follower's log to where the leader's is (Raft §5.3, §7). Followers have nothing to do with each other:
 * a slow or a dead one delays nobody, and only so many calls to it may hang.
 */
export class Replication {
  readonly progress: Progress;
  readonly #node: RaftNode;
  readonly #leader: LeaderTerm;
  readonly #client: Client<RaftRpc>;

  constructor(node: RaftNode, leader: LeaderTerm, client: Client<RaftRpc>) {
    this.#node = node;
    this.#leader = leader;
    this.#client = client;
    this.progress = new Progress(node.state.log.lastIndex);
  }

  /** One AppendEntries at least, whatever calls still hang: it prevents elections (Raft §5.2), and asks. */
  heartbeat(): void {
    if (!this.replicate()) void this.#append('heartbeat');
  }

  /** Sends what entries the follower lacks, as far as there is room. Returns whether anything was sent. */
  replicate(): boolean {
    const { log } = this.#node.state;
    const { progress } = this;
    let isSent = false;
    while (progress.hasRoom && progress.nextIndex <= log.lastIndex && !this.#needsSnapshot) {
      void this.#append('counted');
      isSent = true;
    }
    return isSent;
  }

  /** Tells the follower of a new commit index, unless a message has done so already. */
  announceCommit(): void {
    if (this.progress.announcedCommit < this.#leader.commitIndex) this.ask();
  }

  /** One AppendEntries, if there is room for it. */
  ask(): void {
    if (this.progress.hasRoom) void this.#append('counted');
  }

  /** Whether an entry that the follower lacks is only left in the snapshot. */
  get #needsSnapshot(): boolean {
    return this.progress.nextIndex <= this.#node.state.log.lastIncludedIndex;
  }

  /** One AppendEntries and what its answer means. Counted ones take room; heartbeats go out even when there is none. */
  async #append(kind: 'heartbeat' | 'counted'): Promise<void> {
    const { host, state } = this.#node;
    const { progress } = this;
    // Nothing can be asked about entries that only the snapshot holds, except for the last of them.
    const prevLogIndex = Math.max(progress.nextIndex - 1, state.log.lastIncludedIndex);
    const entries = this.#needsSnapshot ? [] : state.log.entriesFrom(prevLogIndex + 1, MAX_BATCH_BYTES);
    const args = {
      term: this.#leader.term,
      leaderId: host.id,
      prevLogIndex,
      prevLogTerm: state.log.termAt(prevLogIndex) ?? 0,
      entries,
      leaderCommit: this.#leader.commitIndex,
    };
    const call = this.#leader.nextCall();
    const sentAt = host.clock.now();
    progress.sent(prevLogIndex + entries.length, args.leaderCommit);
    if (kind === 'counted') progress.inFlight++;
    const reply = await replyOf(this.#client.appendEntries(args, { timeoutMs: APPEND_TIMEOUT_MS }));
    if (kind === 'counted') progress.inFlight--;

    // While it was awaited, this leadership may have ended.
    if (this.#leader.isOver) return;
    if (reply === undefined) return progress.unanswered();
    if (reply.term > args.term) return this.#leader.termSeen(reply.term);
    progress.answered(call, sentAt);
    if (reply.success) progress.matched(prevLogIndex + entries.length);
    else if (reply.conflict) progress.refused(prevLogIndex, reply.conflict, state.log);
    this.#leader.progressed();
    if (this.#needsSnapshot) void this.#install();
    else this.replicate();
  }

  /**
   * Sends the snapshot (Raft §7). Only ever after an answer that asks for it: a snapshot is large, and a dead server
   * would be sent one after the other. When it gets lost, the next heartbeat is refused again.
   */
  async #install(): Promise<void> {
    const { host, state } = this.#node;
    const { progress } = this;
    if (progress.isInstalling || state.snapshot === undefined) return;
    const args = { term: this.#leader.term, leaderId: host.id, ...state.snapshot };
    progress.isInstalling = true;
    const reply = await replyOf(this.#client.installSnapshot(args, { timeoutMs: SNAPSHOT_TIMEOUT_MS }));
    progress.isInstalling = false;

    // While it was awaited, this leadership may have ended.
    if (this.#leader.isOver || reply === undefined) return;
    if (reply.term > args.term) return this.#leader.termSeen(reply.term);
    progress.matched(args.lastIncludedIndex);
    this.#leader.progressed();
    this.replicate();
  }
}
