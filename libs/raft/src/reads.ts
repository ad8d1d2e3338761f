import { ELECTION_TIMEOUT_MIN_MS } from './timing.ts';

/** Why a read was refused or given up; nothing was read. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
}

interface Read {
  readonly index: number;
  /** Calls up to this one were sent before the read began, and prove nothing for it. */
  readonly afterCall: number;
  readonly resolve: (index: number) => void;
  readonly reject: (reason: NotLeaderError) => void;
}

/**
 * Reads that wait for a proof that their server still led when they began (Raft dissertation §6.4): a majority has
 * answered calls that were sent after that.
 */
export class ReadQueue {
  #reads: Read[] = [];

  get isEmpty(): boolean {
    return this.#reads.length === 0;
  }

  add(index: number, afterCall: number): Promise<number> {
    return new Promise((resolve, reject) => this.#reads.push({ index, afterCall, resolve, reject }));
  }

  /** A majority has answered call number `call` or a later one. */
  confirm(call: number): void {
    const confirmed = this.#reads.filter((read) => read.afterCall < call);
    this.#reads = this.#reads.filter((read) => read.afterCall >= call);
    for (const { resolve, index } of confirmed) resolve(index);
  }

  rejectAll(message: string): void {
    const reads = this.#reads;
    this.#reads = [];
    for (const { reject } of reads) reject(new NotLeaderError(message));
  }
}

/**
 * How long a leader may trust a majority's answers, from when it sent the calls, on its own clock (Raft
 * dissertation §6.4.1). Those servers refuse their votes for the shortest election timeout after the call; their
 * clocks may be fast by `driftBound`, which shortens that time, while the leader's is slow and stretches its own.
 */
export function leaseMs(driftBound: number): number {
  return (ELECTION_TIMEOUT_MIN_MS * (1 - driftBound)) / (1 + driftBound);
}
