/** The course's numbers, in ms of virtual time; every test uses them. */

/** Time within which an election certainly ends when nothing fails; tests wait multiples of it. */
export const ELECTION_MS = 1000;
/** `checkOneLeader` looks so many times, each after 450 to 549 ms: about five seconds to elect a leader. */
export const LEADER_ROUNDS = 10;
export const LEADER_ROUND_MIN_MS = 450;
export const LEADER_ROUND_MAX_MS = 549;
/** `agree` gives up after so long. */
export const AGREE_MS = 10_000;
/** How long `agree` waits for one accepted command before it tries another. */
export const ATTEMPT_MS = 2000;
export const POLL_MS = 20;
/** The pause of `agree` when no server accepts. */
export const NO_LEADER_PAUSE_MS = 50;
/** `waitFor` polls so many times, after 10 ms, then twice as long each time until a second is reached. */
export const WAIT_POLLS = 30;
export const WAIT_FIRST_MS = 10;
export const WAIT_LAST_MS = 1000;
/** Raft's disk bytes without its snapshot, at most, while the service takes snapshots. */
export const STATE_BYTES = 2000;
