import type { NodeId } from '@lockstep/api';
import type { Command } from './commands.ts';

/** What the judges of this lab watch: everything that the service above Raft sees, and nothing from inside. */
export type RaftSeen =
  | Offered
  | Proposed
  | Refused
  | Applied
  | Restored
  | Compacted
  | BecameLeader
  | StatusChanged
  | Misused
  | Inspected;

/** `start` is about to be called. When the server dies in the call, nobody learns whether it took the command. */
export interface Offered {
  readonly kind: 'offered';
  readonly command: Command;
}

/** `start` accepted a command. */
export interface Proposed {
  readonly kind: 'proposed';
  readonly text: string;
  readonly command: Command;
  readonly index: number;
  readonly term: number;
  /** What `status()` said right after the call. */
  readonly status: { readonly term: number; readonly isLeader: boolean };
}

/** `start` answered that this server is not the leader. */
export interface Refused {
  readonly kind: 'refused';
  readonly command: Command;
}

/** A command came up to the service. */
export interface Applied {
  readonly kind: 'applied';
  readonly text: string;
  readonly index: number;
  readonly term: number;
  readonly command: Command;
}

/** A snapshot came up to the service: at boot, or because this server had fallen behind. */
export interface Restored {
  readonly kind: 'restored';
  readonly text: string;
  readonly index: number;
  readonly term: number;
  /** What the service had put into it. */
  readonly data: SnapshotData;
}

/** The service handed a snapshot to Raft. */
export interface Compacted {
  readonly kind: 'compacted';
  readonly text: string;
  readonly index: number;
}

/** `onLeader` was called. */
export interface BecameLeader {
  readonly kind: 'became-leader';
  readonly text: string;
  readonly term: number;
}

/** After an event of the node, `status()` or the last applied index had changed. */
export interface StatusChanged {
  readonly kind: 'status';
  readonly text?: string;
  readonly term: number;
  readonly isLeader: boolean;
  readonly leaderHint?: NodeId;
  /** Index up to which the service has applied. */
  readonly applied: number;
}

/** The implementation handed over something that the contract rules out; `what` says it in a sentence. */
export interface Misused {
  readonly kind: 'misused';
  readonly what: string;
}

/** From `inspect()`: what has changed. Only advisory judges see it. */
export interface Inspected {
  readonly kind: 'inspected';
  readonly role: 'follower' | 'candidate' | 'leader';
  readonly currentTerm: number;
  readonly votedFor?: NodeId;
  readonly commitIndex: number;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  readonly lastIndex: number;
  /** The entries from the first one that is not as it was before. */
  readonly entries: readonly InspectedEntry[];
}

/** One entry of a server's log. */
export interface InspectedEntry {
  readonly index: number;
  readonly term: number;
  readonly command: Command;
}

/** What the service keeps in a snapshot: its whole state, which is all commands so far. */
export interface SnapshotData {
  readonly lastIncludedIndex: number;
  readonly commands: readonly Command[];
}

/** The service's snapshot, or why `data` is none. */
export function readSnapshot(data: unknown): SnapshotData | string {
  if (typeof data !== 'object' || data === null) return `its data is ${data === null ? 'null' : typeof data}`;
  const { lastIncludedIndex, commands } = data as Partial<Record<keyof SnapshotData, unknown>>;
  if (!isIndex(lastIncludedIndex)) return 'its data names no index';
  if (!Array.isArray(commands) || !commands.every((command) => typeof command === 'string')) {
    return 'its data holds no list of commands';
  }
  return { lastIncludedIndex, commands };
}

/** Whether `value` can be the index of a log entry: the first one is 1. */
export function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

/** Whether `value` can be a term: they begin at 0, before the first election. */
export function isTerm(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
