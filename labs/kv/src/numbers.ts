/** The course's numbers, in ms of virtual time, and its bounds; every test uses them. */

/** Time within which an election certainly ends when nothing fails. */
export const ELECTION_MS = 1000;
/** About five seconds to elect a leader. */
export const LEADER_MS = 5000;
/** Within this any operation ends that a majority of servers is there for. */
export const SETTLE_MS = 5000;
/** Within this so do some dozens of them, one after the other. */
export const SEQUENCE_MS = 20_000;
/** Puts, one after the other, take a third of a heartbeat each at most. */
export const PUT_MS = 100 / 3;
/** When servers are to hand Raft a snapshot; its log may take eight times as much. */
export const LOG_BYTES = 1000;
export const LOG_FACTOR = 8;
/** What a snapshot of one key may take. */
export const SNAPSHOT_BYTES = 500;
/** What a server may know of a client for ever. */
export const CLIENT_BYTES = 200;
