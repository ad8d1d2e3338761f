/** What this library puts into Raft's log: a command of the machine's, or nothing. */
export type Entry<Command> = readonly [] | readonly [command: Command];

/**
 * The entry that changes nothing. A new leader knows that it holds all committed entries, but not which they are, until
 * an entry of its own term is committed (Raft §5.4.2, §8).
 */
export const NO_OP: Entry<never> = [];
