import type { Input } from '@lockstep/api';

/**
 * One entry of the log: something happened to the primary's machine when it had executed `count` instructions. Without
 * an input, the machine did something to the world there, and a backup has to get so far before it may go live (the
 * Output Rule, §2.2).
 */
export interface LogEntry {
  readonly count: number;
  readonly input?: Input;
}

/** A primary's message: entries in order, or none as a heartbeat. */
export interface AppendArgs {
  readonly epoch: number;
  /** The index of the first entry; the first of all is 1. */
  readonly first: number;
  readonly entries: readonly LogEntry[];
  /** Behind the entries, nothing happens to the machine before this count: so far a backup may run. */
  readonly reached: number;
  /** The number of the last packet that is surely out. */
  readonly released: number;
}

/** A backup's answer. */
export interface AppendReply {
  /** The backup follows this primary. If not, it has gone its own way, and acknowledges nothing. */
  readonly follows: boolean;
  /** All entries up to this index have arrived. */
  readonly received: number;
  /** The count that the backup's machine has reached. */
  readonly replayed: number;
}

/** What replicas call on each other: the logging channel (§2.1). */
export interface ReplicaRpc {
  append(args: AppendArgs): Promise<AppendReply> | AppendReply;
}
