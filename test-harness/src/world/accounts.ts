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
