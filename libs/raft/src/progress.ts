import type { ReadableLog } from './log.ts';
import type { Conflict } from './messages.ts';
import { nextIndexAfter } from './rules.ts';

/** How many AppendEntries with something to say may await their answers from one peer; heartbeats come on top. */
export const MAX_IN_FLIGHT = 4;

/**
 * What a leader knows of one follower (Raft Figure 2, "Volatile state on leaders"), and how much it may send there.
 *
 * nextIndex is optimistic: it moves on when entries are sent, not when they are acknowledged. That cannot go
 * wrong, because every message, heartbeats included, asks whether the follower holds what comes before
 * nextIndex. A yes acknowledges all that was sent; a no sends nextIndex back. So a lost message needs no
 * retransmission timer of its own.
 */
export class Progress {
  #nextIndex: number;
  #matchIndex = 0;
  /** The follower has not answered lately: one message at a time until it does. */
  #isProbing = true;

  /** Calls under way that count against {@link MAX_IN_FLIGHT}. */
  inFlight = 0;
  /** Whether a snapshot is under way. */
  isInstalling = false;
  /** The highest leaderCommit that was sent. */
  announcedCommit = 0;
  /** The newest of all answered calls: which it was, of all the leader's calls, and when it was sent. */
  answeredCall = 0;
  answeredSentAt = -Infinity;

  /** Raft §5.3: a new leader begins with the index just after the last one in its log. */
  constructor(lastLogIndex: number) {
    this.#nextIndex = lastLogIndex + 1;
  }

  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** Up to here the follower's log is known to be the leader's, and durable there. Only grows. */
  get matchIndex(): number {
    return this.#matchIndex;
  }

  /** Whether another message with something to say may be sent now. */
  get hasRoom(): boolean {
    return this.inFlight < (this.#isProbing ? 1 : MAX_IN_FLIGHT);
  }

  /** Entries up to `index` are on their way, and so is the news that those up to `leaderCommit` are committed. */
  sent(index: number, leaderCommit: number): void {
    this.#nextIndex = Math.max(this.#nextIndex, index + 1);
    this.announcedCommit = leaderCommit;
  }

  /** Some call sent at `sentAt`, the leader's `call`-th, was answered in the leader's term. */
  answered(call: number, sentAt: number): void {
    this.answeredCall = Math.max(this.answeredCall, call);
    this.answeredSentAt = Math.max(this.answeredSentAt, sentAt);
  }

  /** A call ended without an answer, and its outcome is unknown. Be brief until the next answer. */
  unanswered(): void {
    this.#isProbing = true;
  }

  /** The follower has the leader's entries up to `index`. Answers overtake each other, so this may be old news. */
  matched(index: number): void {
    this.#matchIndex = Math.max(this.#matchIndex, index);
    this.#nextIndex = Math.max(this.#nextIndex, this.#matchIndex + 1);
    this.#isProbing = false;
  }

  /**
   * The follower lacks the entry at prevLogIndex, or has another one there. Below matchIndex this is an answer that was
   * overtaken, and no news.
   */
  refused(prevLogIndex: number, conflict: Conflict, log: ReadableLog): void {
    if (prevLogIndex <= this.#matchIndex) return;
    const next = Math.min(prevLogIndex, nextIndexAfter(conflict, log));
    this.#nextIndex = Math.max(this.#matchIndex + 1, Math.min(this.#nextIndex, next));
    this.#isProbing = false;
  }
}
