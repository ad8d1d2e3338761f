/** What a node, a scope of a node, or all nodes together have done since the world began. */
export interface Counters {
  /** RPCs sent, whatever became of them; replies not counted (as the course counts). */
  readonly calls: number;
  /** Messages sent: requests and replies. */
  readonly messages: number;
  /** Bytes sent in requests and replies, in the canonical encoding. */
  readonly bytes: number;
  /** Events executed. */
  readonly events: number;
  /** Timers started. */
  readonly timers: number;
  /** Batches submitted to the disk. */
  readonly diskWrites: number;
  /** Bytes submitted to the disk. */
  readonly diskBytes: number;
}

/** Counters under way. */
export class Account implements Counters {
  calls = 0;
  messages = 0;
  bytes = 0;
  events = 0;
  timers = 0;
  diskWrites = 0;
  diskBytes = 0;

  /** What several accounts come to together. */
  static sum(accounts: readonly Counters[]): Counters {
    const sum = new Account();
    for (const account of accounts) sum.add(account);
    return sum;
  }

  /** Adds another account's values to these. */
  add(other: Counters): void {
    this.calls += other.calls;
    this.messages += other.messages;
    this.bytes += other.bytes;
    this.events += other.events;
    this.timers += other.timers;
    this.diskWrites += other.diskWrites;
    this.diskBytes += other.diskBytes;
  }
}
