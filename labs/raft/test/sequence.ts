import type { Judge, Moment, Violation } from '@lockstep/test-harness/suite';
import type { RaftSeen, SnapshotData } from '../src/seen.ts';

/** One observation with its moment, as a row of a test: what happened, where, and when. */
export interface Row {
  readonly seen: RaftSeen;
  readonly moment: Moment;
}

interface Where {
  readonly boot?: number;
  readonly atMs?: number;
}

let sequence = 0;

function row(node: string, seen: RaftSeen, { boot = 1, atMs = 0 }: Where): Row {
  sequence++;
  return { seen, moment: { node, boot, atMs: atMs === 0 ? sequence : atMs, sequence } };
}

export const offered = (node: string, command: string, where: Where = {}): Row =>
  row(node, { kind: 'offered', command }, where);

export const refused = (node: string, command: string, where: Where = {}): Row =>
  row(node, { kind: 'refused', command }, where);

/** `start` accepted a command, and `status` agrees, unless told otherwise. */
export function proposed(
  node: string,
  command: string,
  place: { readonly index: number; readonly term: number },
  where: Where & { readonly status?: { readonly term: number; readonly isLeader: boolean } } = {},
): Row {
  const status = where.status ?? { term: place.term, isLeader: true };
  return row(node, { kind: 'proposed', text: '', command, ...place, status }, where);
}

export function applied(
  node: string,
  index: number,
  command: string,
  where: Where & { term?: number } = {},
): Row {
  return row(node, { kind: 'applied', text: '', index, term: where.term ?? 1, command }, where);
}

export function restored(
  node: string,
  index: number,
  commands: readonly string[],
  where: Where & { readonly term?: number; readonly data?: Partial<SnapshotData> } = {},
): Row {
  const data = { lastIncludedIndex: index, commands, ...where.data };
  return row(node, { kind: 'restored', text: '', index, term: where.term ?? 1, data }, where);
}

export const won = (node: string, term: number, where: Where = {}): Row =>
  row(node, { kind: 'became-leader', text: '', term }, where);

export function status(
  node: string,
  term: number,
  where: Where & { readonly isLeader?: boolean; readonly hint?: string; readonly applied?: number } = {},
): Row {
  const { isLeader = false, hint, applied: index = 0 } = where;
  const leaderHint = hint === undefined ? {} : { leaderHint: hint };
  return row(node, { kind: 'status', term, isLeader, ...leaderHint, applied: index }, where);
}

/** The first violation that a judge finds in a sequence, or `undefined`. */
export function verdictOf(judge: Judge<RaftSeen>, rows: readonly Row[]): Violation | undefined {
  for (const { seen, moment } of rows) {
    const violation = judge.observe(seen, moment);
    if (violation !== undefined) return violation;
  }
  return undefined;
}
