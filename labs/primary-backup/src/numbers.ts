/** The scope of the replicas' messages and counters on every server. */
export const REPLICA_SCOPE = 'replica';

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

/** See `ReplicaOptions.maxWaitingPackets`. */
export const MAX_WAITING_PACKETS = 64;

/** A primary that has lost its backup has another so long after a server is there to be one, in ms. */
export const REDUNDANT_MS = 3_000;

/** How long the servers of a test are without each other, or without their devices, in ms: long enough to notice. */
export const BROKEN_MS = FAILOVER_MS + 300;

/**
 * Of the packets that a former primary has sent, its successor may send those again that left less than so long before
 * it went live, in ms: it may have heard nothing for as long as something is broken, and then have to go live.
 */
export const IN_DOUBT_MS = 5_000;

/** A packet that the guest has sent is out after so long, in ms, when nothing is wrong any more. */
export const SETTLED_MS = 1_500;
