import type { KvEntry, ShardWrite, TransactionOutcome } from '@lockstep/api';

import type { Ticket } from './lanes.ts';

/** More than any attempt: nothing of the request can begin any more. */
export const OVER = Number.MAX_SAFE_INTEGER;

/** What a shard remembers of a lane: its last request here, and what came of it. */
export interface Session {
  readonly seq: number;
  /** Attempts of the request up to this one are over; see {@link OVER}. */
  readonly over: number;
  /** What a write has answered. */
  readonly version?: number | undefined;
  /** What came of a transaction whose record was here; kept until the client has it. */
  readonly outcome?: TransactionOutcome | undefined;
}

/**
 * A shard's part of a transaction: its keys are locked as soon as no earlier promise is in the way, and stay so until
 * the verdict. Promises stand in line in the order of the log.
 */
export interface ShardPromise extends Ticket {
  readonly attempt: number;
  readonly reads: readonly string[];
  readonly writes: readonly ShardWrite[];
}

/** What becomes of an attempt: `release` gives all locks back, and another attempt follows. */
export type Verdict = 'commit' | 'refuse' | 'release';

/** A transaction, in the shard that coordinates it, until all its participants have carried out the verdict. */
export interface TransactionRecord extends Ticket {
  readonly attempt: number;
  /** Absent while votes are collected. */
  readonly verdict: Verdict | undefined;
  readonly participants: readonly number[];
  /** Empty once the verdict is final. */
  readonly reads: readonly string[];
  readonly writes: readonly ShardWrite[];
}

/** Short, since there is one for each client and shard: what is missing is left out, and 0 means {@link OVER}. */
type SavedSession = readonly [
  lane: string,
  seq: number,
  over: number,
  version?: number | undefined,
  outcome?: TransactionOutcome,
];

/** A shard as plain data, for snapshots and for its next group. */
export interface SavedContent {
  readonly entries: readonly (readonly [key: string, value: string, version: number])[];
  readonly sessions: readonly SavedSession[];
  readonly promises: readonly ShardPromise[];
  readonly records: readonly TransactionRecord[];
}

/** Everything that a shard is: whoever holds this can serve it, and finish what was begun. */
export class Content {
  readonly entries = new Map<string, KvEntry>();
  readonly sessions = new Map<string, Session>();
  /** By {@link nameOf}, in the order in which they came. */
  readonly promises = new Map<string, ShardPromise>();
  /** By {@link nameOf}. */
  readonly records = new Map<string, TransactionRecord>();

  static restore(saved: SavedContent): Content {
    const content = new Content();
    for (const [key, value, version] of saved.entries) content.entries.set(key, { value, version });
    for (const [lane, seq, over, version, outcome] of saved.sessions) {
      content.sessions.set(lane, { seq, over: over === 0 ? OVER : over, version, outcome });
    }
    for (const promise of saved.promises) content.promises.set(nameOf(promise), promise);
    for (const record of saved.records) content.records.set(nameOf(record), record);
    return content;
  }

  save(): SavedContent {
    return {
      entries: [...this.entries].map(([key, { value, version }]) => [key, value, version] as const),
      sessions: [...this.sessions].map(([lane, session]) => saveSession(lane, session)),
      promises: [...this.promises.values()],
      records: [...this.records.values()],
    };
  }

  read(key: string): KvEntry {
    return this.entries.get(key) ?? { value: '', version: 0 };
  }

  write(key: string, value: string): number {
    const version = this.read(key).version + 1;
    this.entries.set(key, { value, version });
    return version;
  }

  /** Notes that attempts of a request are over; what is known of a later request, or of its outcome, stays. */
  close(ticket: Ticket, over: number): void {
    const session = this.sessions.get(ticket.lane);
    if (session === undefined || session.seq < ticket.seq) {
      this.sessions.set(ticket.lane, { seq: ticket.seq, over });
    } else if (session.seq === ticket.seq && session.over < over) {
      this.sessions.set(ticket.lane, { ...session, over });
    }
  }

  /** Whether this attempt of a request is over, or the whole request is. */
  isOver(ticket: Ticket, attempt: number): boolean {
    const session = this.sessions.get(ticket.lane);
    if (session === undefined || session.seq < ticket.seq) return false;
    return session.seq > ticket.seq || session.over >= attempt;
  }
}

function saveSession(lane: string, session: Session): SavedSession {
  const { seq, version, outcome } = session;
  const over = session.over === OVER ? 0 : session.over;
  if (outcome !== undefined) return [lane, seq, over, version, outcome];
  return version === undefined ? [lane, seq, over] : [lane, seq, over, version];
}

/** The name of a transaction. */
export function nameOf(ticket: Ticket): string {
  return `${ticket.lane}:${ticket.seq}`;
}
