import type { NodeId } from '@lockstep/api';
import type { Split } from './splits.ts';

/*
 * What coordinator and workers say to each other. All of it is plain data.
 */

/** What the coordinator serves. */
export interface CoordinatorRpc {
  next(args: NextArgs): Promise<NextReply>;
  heartbeat(args: HeartbeatArgs): HeartbeatReply;
}

/** What a worker serves: the data of its local disk (paper §3.1, step 5). */
export interface WorkerRpc {
  fetch(args: FetchArgs): Promise<FetchReply>;
}

/**
 * A worker asks for its next task, and hands in what became of the one before. It asks again, with the same turn, until
 * it has an answer, so that neither a task nor a report is lost or counted twice.
 */
export interface NextArgs {
  /** Names this boot of the worker: a machine that has restarted has lost what it had. */
  readonly incarnation: string;
  /** Counts this boot's questions, from 1. */
  readonly turn: number;
  readonly report?: Report;
}

/** What the worker is to do next, and how often to give a sign of life meanwhile. */
export interface NextReply {
  readonly assignment: Assignment;
  readonly heartbeatMs: number;
}

export type Assignment =
  | MapAssignment
  | ReduceAssignment
  | { readonly kind: 'wait' }
  | { readonly kind: 'exit' };

/** One execution of a map task. */
export interface MapAssignment {
  readonly kind: 'map';
  readonly task: number;
  /** Names this execution; unique in the job, over all boots of the coordinator. */
  readonly attempt: string;
  readonly reduceTasks: number;
  readonly split: Split;
  /** Numbers of records, within the split, that are to be left out. */
  readonly skip: readonly number[];
}

/** One execution of a reduce task. */
export interface ReduceAssignment {
  readonly kind: 'reduce';
  readonly task: number;
  readonly attempt: string;
  readonly output: string;
  readonly sources: readonly Source[];
  /** Keys that are to be left out. */
  readonly skip: readonly string[];
}

/** Where a reduce task finds its part of one map task's output. */
export interface Source {
  readonly map: number;
  readonly attempt: string;
  readonly node: NodeId;
  readonly file: string;
  /** The partition's place in each run of the file. Never empty ones. */
  readonly ranges: readonly Range[];
}

/** A range of bytes in a file. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** What became of an attempt. */
export type Report = MappedReport | ReducedReport | FailedReport | LostReport | AbandonedReport;

interface OfAttempt {
  readonly task: number;
  readonly attempt: string;
}

/** What a finished task adds to the job's sums. */
export interface Tally {
  readonly counters: Readonly<Record<string, number>>;
  readonly skipped: number;
}

/** A map task is done, and its output on the worker's disk. */
export interface MappedReport extends OfAttempt, Tally {
  readonly kind: 'mapped';
  readonly file: string;
  readonly runs: readonly RunIndex[];
}

/** Where the partitions of one sorted run begin in their file; one more number says where the last one ends. */
export type RunIndex = readonly number[];

/** A reduce task's output is committed. */
export interface ReducedReport extends OfAttempt, Tally {
  readonly kind: 'reduced';
}

/** The application threw. */
export interface FailedReport extends OfAttempt {
  readonly kind: 'failed';
  readonly phase: 'map' | 'reduce';
  readonly message: string;
  /** The record (its number in the split) or the key on which it did, when it was on one. */
  readonly record?: number | string;
}

/** A reduce task could not get at the output of these map tasks. */
export interface LostReport extends OfAttempt {
  readonly kind: 'lost';
  /** The worker that has the output and does not answer; nothing when it answered that it has it no more. */
  readonly unreachable?: NodeId;
  readonly maps: readonly { readonly task: number; readonly attempt: string }[];
}

/** The attempt was given up because it was not needed any more, or because a store had failed. */
export interface AbandonedReport extends OfAttempt {
  readonly kind: 'abandoned';
  readonly phase: 'map' | 'reduce';
}

/** A worker's sign of life while it works. */
export interface HeartbeatArgs {
  readonly incarnation: string;
  readonly phase: 'map' | 'reduce';
  readonly task: number;
  readonly attempt: string;
}

/** Whether to go on. */
export interface HeartbeatReply {
  readonly abandon: boolean;
}

/** A block of a map task's output. */
export interface FetchArgs extends Range {
  readonly file: string;
}

/** The bytes; `undefined` when the file is not there (any more). */
export interface FetchReply {
  readonly bytes: Uint8Array | undefined;
}
