import type { KvEntry, NodeId } from '@lockstep/api';

/** A change of one key. */
export type Write =
  | { readonly op: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly op: 'put-if'; readonly key: string; readonly value: string; readonly version: number };

/** What a write gives: the key's new version, or nothing when it found another one than it asked for. */
export type WriteResult = number | undefined;

/** What goes through the log. */
export type Command = OpenSession | WriteInSession;

/**
 * A clerk wants to be remembered. The number of its session comes from the log and is never given twice, so that
 * a message that is late by years cannot be taken for one of a later session (RIFL §4; Raft dissertation §6.3).
 */
export interface OpenSession {
  readonly kind: 'open';
  /** Drawn by the clerk: a repetition opens no second session. */
  readonly nonce: string;
}

/** A write, which its session lets happen once. */
export interface WriteInSession {
  readonly kind: 'write';
  readonly session: number;
  /** Numbers the session's writes; a repetition has the number of the original. */
  readonly sequence: number;
  /** The clerk knows what became of all its writes before this one: their results need not be kept. */
  readonly settledBelow: number;
  readonly write: Write;
}

/** What comes of a command. */
export type Outcome =
  | { readonly kind: 'session'; readonly session: number }
  | { readonly kind: 'written'; readonly version: WriteResult }
  /** The session was forgotten. Whether the write has happened in it is not known any more. */
  | { readonly kind: 'forgotten' }
  /** The clerk has said that it knows the result, which is therefore gone: this is a late copy of an old request. */
  | { readonly kind: 'settled' };

/** This server cannot answer; somebody else may. */
export interface Elsewhere {
  readonly kind: 'elsewhere';
  /** Who leads, when known, and when it is not this server. */
  readonly leader?: NodeId;
}

/** What servers serve to clerks. */
export interface KvRpc {
  submit(command: Command): Promise<Outcome | Elsewhere>;
  get(args: {
    readonly key: string;
  }): Promise<{ readonly kind: 'entry'; readonly entry: KvEntry } | Elsewhere>;
}
