import type { Input, Output } from '@lockstep/api';

/**
 * One entry of the log: something happened to the primary's machine when it had executed `count` instructions. Without
 * an input, the machine did something to the world there, and a backup has to get so far before it may go live (the
 * Output Rule, §2.2).
 */
export interface LogEntry {
  readonly count: number;
  readonly input?: Input;
}

/** The log of one primary for one backup: whatever is of another is no concern of either. */
export interface Stream {
  /** In which the primary is live. */
  readonly epoch: number;
  /** Numbers the backups that a primary has had in its epoch: 0 is the one that had its machine from the start. */
  readonly copy: number;
}

/** A primary's message: entries in order, or none as a heartbeat. */
export interface AppendArgs extends Stream {
  /** The index of the first entry; the first of all is 1. */
  readonly first: number;
  readonly entries: readonly LogEntry[];
  /** Behind the entries, nothing happens to the machine before this count: so far a backup may run. */
  readonly reached: number;
  /** All packets up to this number are out. */
  readonly released: number;
  /** The receiver is the backup from now on: the primary lets nothing out that it has not acknowledged. */
  readonly isBinding: boolean;
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

/** A piece of a machine that is being copied (§3.1). */
export interface CopyArgs extends Stream {
  /** Where in the machine's state. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Comes with the last piece. */
  readonly rest?: CopiedState;
}

/** What a backup has to know besides the machine. */
export interface CopiedState {
  /** The last wall clock that the guest has read. */
  readonly clock: number;
  /** Packets that the guest had sent by then, and of which nobody knew yet that they were out. */
  readonly inDoubt: readonly Output[];
}

/** What replicas call on each other: the logging channel (§2.1). */
export interface ReplicaRpc {
  append(args: AppendArgs): Promise<AppendReply> | AppendReply;
  /** Whether the receiver would take a machine: it has none of the service's. */
  isFree(args: undefined): Promise<boolean> | boolean;
  /** Whether the receiver has the piece now, and all before it. */
  copy(args: CopyArgs): Promise<boolean> | boolean;
}
