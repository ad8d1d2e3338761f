import { shardOf } from '@lockstep/api';
import type { KvEntry, ShardWrite, TransactionOutcome } from '@lockstep/api';

import { nameOf, OVER } from './content.ts';
import type { Content, ShardPromise, TransactionRecord, Verdict } from './content.ts';
import { isFree, isGranted } from './locks.ts';
import type { Ticket } from './lanes.ts';

/** Keys to be read and written. */
export interface Task {
  readonly reads: readonly string[];
  readonly writes: readonly ShardWrite[];
}

/** What a participant votes: what its keys hold, and whether its writes find the versions that they want. */
export interface Vote {
  readonly isReady: boolean;
  readonly entries: readonly (readonly [key: string, entry: KvEntry])[];
}

/**
 * The shards of a transaction, in the order in which it locks them. It is the same for all, so that no two transactions
 * wait for each other. The first shard coordinates: the record lives there, and goes where the shard goes.
 */
export function participantsOf(task: Task): number[] {
  const shards = [...task.reads.map(shardOf), ...task.writes.map(({ key }) => shardOf(key))];
  return [...new Set(shards)].sort((a, b) => a - b);
}

/** The part of one shard. */
export function partOf(task: Task, shard: number): Task {
  return {
    reads: task.reads.filter((key) => shardOf(key) === shard),
    writes: task.writes.filter(({ key }) => shardOf(key) === shard),
  };
}

/**
 * Begins a transaction in the shard that coordinates it. When this group serves all shards (`find` finds them) and no
 * promise is in the way, it is carried out at once; otherwise a record is made, and votes have to be collected.
 */
export function begin(
  home: Content,
  ticket: Ticket,
  task: Task,
  find: (shard: number) => Content | undefined,
): void {
  if (home.records.has(nameOf(ticket)) || home.isOver(ticket, 1)) return;
  const participants = participantsOf(task);
  const parts = participants.map((shard) => ({ content: find(shard), part: partOf(task, shard) }));
  const free = parts.flatMap(({ content, part }) =>
    content !== undefined && isFree(content, part) ? [{ content, part }] : [],
  );
  if (free.length < parts.length) {
    home.records.set(nameOf(ticket), { ...ticket, ...task, attempt: 1, verdict: undefined, participants });
    return;
  }
  const votes = free.map(({ content, part }) => poll(content, part));
  const outcome = outcomeOf(task, votes);
  if (outcome.hasCommitted) for (const { content, part } of free) carryOut(content, part);
  home.sessions.set(ticket.lane, { seq: ticket.seq, over: OVER, outcome });
}

/** Puts a promise into the line; a later attempt of the same transaction takes the place of an earlier one. */
export function promise(content: Content, wanted: ShardPromise): void {
  const name = nameOf(wanted);
  const present = content.promises.get(name);
  if (present !== undefined && present.attempt >= wanted.attempt) return;
  if (content.isOver(wanted, wanted.attempt)) return;
  content.promises.delete(name);
  content.promises.set(name, wanted);
}

/** The vote of a promise that has its locks: as long as it has them, it is always the same. */
export function voteOf(content: Content, ticket: Ticket, attempt: number): Vote | undefined {
  const present = content.promises.get(nameOf(ticket));
  if (present === undefined || present.attempt !== attempt || !isGranted(content, ticket)) return undefined;
  return poll(content, present);
}

/** Carries out a verdict, and lets no late request to vote in the same attempt make another promise. */
export function finish(content: Content, ticket: Ticket, attempt: number, verdict: Verdict): void {
  const name = nameOf(ticket);
  const present = content.promises.get(name);
  if (present !== undefined && present.attempt <= attempt) {
    content.promises.delete(name);
    if (verdict === 'commit') carryOut(content, present);
  }
  content.close(ticket, verdict === 'release' ? attempt : OVER);
}

/** Decides an attempt, once. From then on, a final verdict is what the client is told, however often it asks. */
export function decide(
  home: Content,
  ticket: Ticket,
  attempt: number,
  verdict: Verdict,
  entries: readonly KvEntry[],
): void {
  const record = home.records.get(nameOf(ticket));
  if (record === undefined || record.attempt !== attempt || record.verdict !== undefined) return;
  if (verdict === 'release') {
    home.records.set(nameOf(ticket), { ...record, verdict });
    return;
  }
  home.records.set(nameOf(ticket), { ...record, verdict, reads: [], writes: [] });
  const outcome = { hasCommitted: verdict === 'commit', entries };
  home.sessions.set(ticket.lane, { seq: ticket.seq, over: OVER, outcome });
}

/** All participants have carried out the verdict: there is another attempt, or nothing left to remember. */
export function conclude(home: Content, ticket: Ticket, attempt: number): void {
  const name = nameOf(ticket);
  const record = home.records.get(name);
  if (record === undefined || record.attempt !== attempt || record.verdict === undefined) return;
  if (record.verdict === 'release') {
    home.records.set(name, { ...record, attempt: attempt + 1, verdict: undefined });
  } else home.records.delete(name);
}

/** The client has its answer. */
export function forget(home: Content, ticket: Ticket): void {
  const session = home.sessions.get(ticket.lane);
  if (session === undefined || session.seq !== ticket.seq || session.outcome === undefined) return;
  home.sessions.set(ticket.lane, { seq: session.seq, over: session.over });
}

/** What the client is to be told: `undefined` while that is open. */
export function answerOf(home: Content, ticket: Ticket): TransactionOutcome | 'forgotten' | undefined {
  const session = home.sessions.get(ticket.lane);
  if (session === undefined || !home.isOver(ticket, OVER)) return undefined;
  return session.seq === ticket.seq && session.outcome !== undefined ? session.outcome : 'forgotten';
}

/** Whether the transaction has begun here. */
export function hasBegun(home: Content, ticket: Ticket): boolean {
  return home.records.has(nameOf(ticket)) || home.isOver(ticket, OVER);
}

/** The outcome of a transaction all of whose votes are there. */
export function outcomeOf(task: Task, votes: readonly Vote[]): TransactionOutcome {
  const entries = new Map(votes.flatMap((vote) => vote.entries));
  return {
    hasCommitted: votes.every((vote) => vote.isReady),
    entries: task.reads.map((key) => entries.get(key) ?? { value: '', version: 0 }),
  };
}

/** The record, as long as it is at the same point. */
export function currentRecord(home: Content, record: TransactionRecord): TransactionRecord | undefined {
  const present = home.records.get(nameOf(record));
  return present?.attempt === record.attempt && present.verdict === record.verdict ? present : undefined;
}

function poll(content: Content, part: Task): Vote {
  return {
    isReady: part.writes.every(
      ({ key, version }) => version === undefined || content.read(key).version === version,
    ),
    entries: part.reads.map((key) => [key, content.read(key)] as const),
  };
}

function carryOut(content: Content, part: Task): void {
  for (const { key, value } of part.writes) content.write(key, value);
}
