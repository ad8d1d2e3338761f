/** Bounds and times of the tests, in ms of virtual time. */

/** Time within which an election certainly ends when nothing fails. */
export const ELECTION_MS = 1000;
/** About five seconds to elect a leader. */
export const LEADER_MS = 5000;
/** Within this any operation ends that all the groups are there for that it needs, and shards have moved. */
export const SETTLE_MS = 5000;
/** Within this so do transactions that get into each other's way. */
export const TRANSACTIONS_MS = 20_000;
/** Within this a group has gone through any number of changes that it has missed. */
export const BACKLOG_MS = 20_000;
/** Nobody waits so long for a server that is there: what has not been answered by then is not served. */
export const QUIET_MS = 1000;
/** Some time after its new owner has it for good, a shard is gone from its old one. */
export const DELETION_MS = 2000;
/** What a server may call in a second for itself, Raft's calls not counted, when nobody asks for anything. */
export const CALLS_AT_REST = 60;
/** When servers are to hand Raft a snapshot; its log may take eight times as much. */
export const LOG_BYTES = 1000;
export const LOG_FACTOR = 8;
/** Raft is to get a snapshot after each entry: what is on disk is then what the group keeps. */
export const AT_ONCE = 1;
