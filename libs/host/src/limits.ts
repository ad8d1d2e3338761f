/** Bounds of a real Host, all with defaults; see {@link DEFAULT_LIMITS}. */
export interface HostLimits {
  /** The largest message, in bytes, that is sent or accepted. A larger one is an error where it is handed over. */
  readonly maxFrameBytes: number;
  /** Bytes that may wait to be sent to one peer. Calls beyond them fail, and replies beyond them are dropped. */
  readonly maxQueuedBytes: number;
  /** Calls to one peer that may be under way; further ones fail. */
  readonly maxCallsPerPeer: number;
  /** Calls of one peer that may be handled at the same time; further ones are turned away. */
  readonly maxHandledPerPeer: number;
  /** How long a connection may take to be made, the exchange of ids included. */
  readonly handshakeTimeoutMs: number;
  /** A peer that owes replies and has been silent for so long is asked for a sign of life. */
  readonly probeAfterMs: number;
  /** A peer that owes replies and has been silent for so long counts as cut off. */
  readonly cutOffAfterMs: number;
  /** The wait after a failed connection; it doubles with each further failure … */
  readonly backOffMs: number;
  /** … up to so long. */
  readonly maxBackOffMs: number;
  /**
   * The log on disk is rewritten when what it holds in vain exceeds what it holds to some purpose, and so many bytes.
   */
  readonly minGarbageBytes: number;
  /** A stored value of so many bytes, encoded, is kept in a file of its own and not in memory. */
  readonly largeValueBytes: number;
}

/** What holds unless `startHost` is told otherwise. */
export const DEFAULT_LIMITS: HostLimits = {
  maxFrameBytes: 16 * 1_048_576,
  maxQueuedBytes: 64 * 1_048_576,
  maxCallsPerPeer: 10_000,
  maxHandledPerPeer: 10_000,
  handshakeTimeoutMs: 2_000,
  probeAfterMs: 1_000,
  cutOffAfterMs: 3_000,
  backOffMs: 10,
  maxBackOffMs: 500,
  minGarbageBytes: 65_536,
  largeValueBytes: 65_536,
};
