/** Instructions that a virtual machine executes in a millisecond of its server's time. */
export const INSTRUCTIONS_PER_MS = 20_000;

/** Instructions between two moments at which a run can be stopped: 0.1 ms. */
export const SLICE = 2_000;

/** Instructions between two hashes of a virtual machine's state. */
export const CHECKPOINT = 50_000;

/** See `ReplicaOptions.maxLagInstructions`: 100 ms of work. */
export const MAX_LAG_INSTRUCTIONS = 2_000_000;

/** The true time at the beginning of every run, in microseconds since 1970. */
export const START_US = 1_300_000_000_000_000;

/** The service goes on within so long after a server is lost, if everything else works, in ms. */
export const FAILOVER_MS = 2_000;

/**
 * Of the packets that a former primary has sent, its successor may send those again that left less than so long before
 * it went live, in ms: as long as heartbeats may be missing, and then the decision.
 */
export const IN_DOUBT_MS = 1_500;
