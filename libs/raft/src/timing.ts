import type { Clock, Host, Timer } from '@lockstep/api';

/** A leader is heard ten times a second at most, and a candidate repeats its unanswered requests as often. */
export const HEARTBEAT_MS = 100;

/**
 * Raft §5.2: election timeouts are drawn anew each time, so that few servers time out together. The shortest
 * leaves room for two lost heartbeats; the spread is many round trips wide, even on a network that delays a
 * message by 26 ms; and several elections fit into five seconds.
 */
export const ELECTION_TIMEOUT_MIN_MS = 300;
export const ELECTION_TIMEOUT_MAX_MS = 600;

/**
 * Raft dissertation §6.2: a leader that no majority has answered for so long steps down. It may be heard and not hear;
 * then its heartbeats would hold everybody back for ever. Answers may wait for a slow disk, hence twice the timeout.
 */
export const QUORUM_TIMEOUT_MS = 2 * ELECTION_TIMEOUT_MAX_MS;

/** A vote that comes later than this is one for a candidacy that is over. */
export const VOTE_TIMEOUT_MS = ELECTION_TIMEOUT_MAX_MS;

/**
 * How long a leader waits for an answer. With one heartbeat each {@link HEARTBEAT_MS} it bounds the calls that hang.
 */
export const APPEND_TIMEOUT_MS = 1000;

/** A snapshot is large, and only one is under way to a peer at a time. */
export const SNAPSHOT_TIMEOUT_MS = 2000;

/** How long a new commit index may wait for an AppendEntries that would be sent anyway. */
export const COMMIT_NOTICE_MS = 10;

/** Pause before a failed disk write is tried again. */
export const DISK_RETRY_MS = 50;

/** Calls `run` every `ms` milliseconds until cancelled. */
export function every(clock: Clock, ms: number, run: () => void): Timer {
  const tick = (): void => {
    timer = clock.after(ms, tick);
    run();
  };
  let timer = clock.after(ms, tick);
  return { cancel: () => timer.cancel() };
}

/** Runs out when neither a leader nor a candidate worth a vote has been heard for a randomised time (Raft §5.2). */
export class ElectionTimer {
  readonly #host: Host;
  readonly #expired: () => void;
  #timer: Timer | undefined;

  constructor(host: Host, expired: () => void) {
    this.#host = host;
    this.#expired = expired;
  }

  /** Begins a new timeout, of a new length. */
  restart(): void {
    this.stop();
    const spread = ELECTION_TIMEOUT_MAX_MS - ELECTION_TIMEOUT_MIN_MS;
    const timeout = ELECTION_TIMEOUT_MIN_MS + this.#host.random.uniform() * spread;
    this.#timer = this.#host.clock.after(timeout, () => {
      this.#timer = undefined;
      this.#expired();
    });
  }

  /** Begins a timeout if none is running. */
  ensureRunning(): void {
    if (this.#timer === undefined) this.restart();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
