import type { NodeId } from '@lockstep/api';
import type { TraceEvent } from './event.ts';
import { joinedFaults } from './joined-faults.ts';
import { mentionedTimes, selectNews } from './news.ts';
import { readMessage } from './message-event.ts';
import { visibleText } from './visible-text.ts';

/** What a row shows; decides its mark and its colour. */
export type RowKind =
  | 'message'
  | 'lost'
  | 'timeout'
  | 'boot'
  | 'crash'
  | 'state'
  | 'log'
  | 'threw'
  | 'fault'
  | 'note'
  | 'quiet'
  | 'violation'
  | 'gap'
  | 'fold';

/** One row of a timeline. */
export interface Row {
  readonly kind: RowKind;
  readonly atUs: number;
  /** Of the event that it shows. */
  readonly sequence: number;
  /** Where it happened; for a message, where it arrived or would have. */
  readonly node?: NodeId;
  /** For a message: who sent it. */
  readonly from?: NodeId;
  readonly text: string;
  /** For a fold: what it stands for is of interest however far back it lies. */
  readonly isLandmark?: boolean;
}

/** A delivery is said to be late from this many µs on. */
const LATE_US = 20_000;

/** Rows of detail are at most this share of all; before them come landmarks. */
const DETAIL_SHARE = 0.7;

/**
 * The rows of a timeline: of the events of interest the last ones in detail, and before them landmarks
 * alone, `limit` in all. What repeats itself is folded.
 */
export function timelineRows(events: readonly TraceEvent[], limit: number): Row[] {
  const news = selectNews(events, Math.max(limit * 8, 300));
  const strip = scopeStripper(news);
  const rows = news.flatMap((event) => rowsOf(event, news, strip));
  return cut(foldRepeats(markRoutine(joinWorldRows(rows))), limit);
}

/** What the test does to the world at one moment is one row: "connect n1, connect n2". */
function joinWorldRows(rows: readonly Row[]): Row[] {
  const joined: Row[] = [];
  let blow: Row[] = [];
  const end = (): void => {
    const [first, last] = [blow[0], blow.at(-1)];
    if (first === undefined || last === undefined) return;
    joined.push({ ...first, sequence: last.sequence, text: joinedFaults(blow.map(({ text }) => text)) });
    blow = [];
  };
  for (const row of rows) {
    const isBlow = row.kind === 'fault' && row.node === undefined;
    if (!isBlow || blow[0]?.atUs !== row.atUs) end();
    if (isBlow) blow.push(row);
    else joined.push(row);
  }
  end();
  return joined;
}

/** Takes the scope off the names of calls when there is but one: it would only make lines longer. */
function scopeStripper(news: readonly TraceEvent[]): (content: string) => string {
  const scopes = new Set<string>();
  for (const event of news) {
    const part = readMessage(event);
    if (part !== undefined) scopes.add(/^([\w/-]+\.)?/.exec(part.content)?.[0] ?? '');
  }
  const [only = ''] = scopes;
  return scopes.size === 1 ? (content) => content.slice(only.length) : (content) => content;
}

/** At least so much time, and so many events that are not shown, make a row that says how many. */
const ROUTINE_US = 20_000;
const ROUTINE_EVENTS = 12;

function markRoutine(rows: readonly Row[]): Row[] {
  return rows.flatMap((row, i) => {
    const before = rows[i - 1];
    if (before === undefined) return [row];
    const hidden = row.sequence - before.sequence - 1;
    const lastsUs = row.atUs - before.atUs;
    if (hidden < ROUTINE_EVENTS || lastsUs < ROUTINE_US) return [row];
    const text = `${seconds(lastsUs)} pass, with ${hidden} events that are not shown`;
    return [{ kind: 'gap' as const, atUs: row.atUs, sequence: row.sequence, text }, row];
  });
}

function seconds(us: number): string {
  return us < 1_000_000 ? `${(us / 1000).toFixed(0)} ms` : `${(us / 1_000_000).toFixed(2)} s`;
}

function cut(rows: readonly Row[], limit: number): Row[] {
  if (rows.length <= limit) return [...rows];
  let detailFrom = rows.length - Math.floor(limit * DETAIL_SHARE);
  // A fold says something about the rows above it, so it is not the first one.
  while (rows[detailFrom]?.kind === 'fold') detailFrom++;
  const landmarks = rows.slice(0, detailFrom).filter(isLandmarkRow);
  const last = new Set(landmarks.slice(-Math.max(1, limit - (rows.length - detailFrom))));
  const isMentioned = mentionedTimes(rows.at(-1));
  const result: Row[] = [];
  let hidden = 0;
  let hasHiddenDetail = false;
  for (const [i, row] of rows.entries()) {
    const isEarly = i < detailFrom;
    const isKept = !isEarly || (isLandmarkRow(row) && (last.has(row) || isMentioned(row.atUs)));
    if (!isKept || (row.kind === 'fold' && hidden > 0)) {
      hidden++;
      hasHiddenDetail ||= !isLandmarkRow(row);
      continue;
    }
    // Between landmarks, what is hidden goes without saying, unless landmarks are among it.
    const isJump = hidden > 0 && rows.slice(i - hidden, i).some(isLandmarkRow);
    if (isJump || (i === detailFrom && hasHiddenDetail)) result.push(gap(row, hidden, isEarly));
    hidden = 0;
    result.push(row);
  }
  return result;
}

function gap({ atUs, sequence }: Row, hidden: number, isEarly: boolean): Row {
  const lines = hidden === 0 ? '' : `${hidden} ${hidden === 1 ? 'line' : 'lines'} not shown`;
  const rest = isEarly ? '' : 'above, messages and logs are left out; from here on, nothing is';
  return { kind: 'gap', atUs, sequence, text: [lines, rest].filter((part) => part !== '').join('; ') };
}

function isLandmarkRow({ kind, isLandmark }: Row): boolean {
  if (kind === 'fold') return isLandmark === true;
  return !['message', 'lost', 'timeout', 'log', 'threw', 'note', 'quiet', 'gap'].includes(kind);
}

function rowsOf(event: TraceEvent, news: readonly TraceEvent[], strip: (content: string) => string): Row[] {
  const text = visibleText(event.text);
  const place = event.node === undefined ? {} : { node: event.node };
  const local = (kind: RowKind): Row[] => [
    { kind, atUs: event.atUs, sequence: event.sequence, ...place, text },
  ];
  switch (event.kind) {
    case 'send':
    case 'deliver':
    case 'lost':
      return messageRow(event, news, strip);
    case 'timeout':
      return local('timeout');
    case 'boot':
      return local('boot');
    case 'crash':
      return local('crash');
    case 'observe':
      // An observation without a line of its own is for judges.
      return text === '' ? [] : local('state');
    case 'log':
      return local('log');
    case 'threw':
      return local('threw');
    case 'fault':
      return local('fault');
    case 'note':
    case 'control':
    case 'device':
      return local('note');
    case 'violation':
      return local('violation');
    case 'disk-write':
    case 'disk-done':
      return local('quiet');
    case 'timer':
      return [];
  }
}

function messageRow(
  event: TraceEvent,
  news: readonly TraceEvent[],
  strip: (content: string) => string,
): Row[] {
  const part = readMessage(event);
  if (part === undefined) {
    return [{ kind: 'quiet', atUs: event.atUs, sequence: event.sequence, text: visibleText(event.text) }];
  }
  const ends = { from: part.from, node: part.to, atUs: event.atUs, sequence: event.sequence };
  const content = visibleText(strip(part.content));
  if (event.kind === 'lost') {
    const why = part.why === undefined || part.why === 'lost' ? '' : ` (${visibleText(part.why)})`;
    return [{ kind: 'lost', ...ends, text: `${content}${why}` }];
  }
  const same = news.filter(({ message }) => message === event.message);
  if (event.kind === 'send') {
    // Shown when it arrives, unless it never does within what is seen.
    const isSettled = same.some(({ kind }) => kind === 'deliver' || kind === 'lost');
    return isSettled ? [] : [{ kind: 'message', ...ends, text: `${content} (still under way)` }];
  }
  const sent = same.find(({ kind }) => kind === 'send');
  const isCopy = same.find(({ kind }) => kind === 'deliver') !== event;
  const lateUs = sent === undefined ? 0 : event.atUs - sent.atUs;
  const late = lateUs >= LATE_US ? ` (sent ${(lateUs / 1000).toFixed(0)} ms before)` : '';
  return [{ kind: 'message', ...ends, text: `${content}${late}${isCopy ? ' (a second copy)' : ''}` }];
}

/** The longest pattern of rows that is looked for when folding. */
const MAX_PERIOD = 8;

/**
 * Folds rows that repeat themselves with other numbers: a pattern of up to eight rows that comes again
 * at least twice (on the same nodes), or seven times (on any), is shown once, with a row that counts the rest.
 */
export function foldRepeats(rows: readonly Row[]): Row[] {
  const onSameNodes = foldBy(rows, placeAndShape, 3);
  return foldBy(onSameNodes, shapeOf, 8);
}

/** What is said of no node in particular names nodes in its text: there a number may be all that matters. */
function placeAndShape(row: Row): string {
  if (row.node === undefined && row.kind !== 'gap' && row.kind !== 'fold') return `${row.kind} ${row.text}`;
  return `${row.from ?? ''}>${row.node ?? ''} ${shapeOf(row)}`;
}

function foldBy(rows: readonly Row[], keyOf: (row: Row) => string, atLeast: number): Row[] {
  const keys = rows.map((row) => (isFoldable(row) ? keyOf(row) : undefined));
  const result: Row[] = [];
  let at = 0;
  while (at < rows.length) {
    const { period, times } = longestRepeat(keys, at, atLeast);
    const row = rows[at];
    if (row === undefined) break;
    if (times === 0) {
      result.push(row);
      at++;
      continue;
    }
    const end = at + period * times;
    const pattern = rows.slice(at, at + period);
    result.push(...pattern, foldRow(pattern, rows[end - 1], times - 1));
    at = end;
  }
  return result;
}

function foldRow(pattern: readonly Row[], last: Row | undefined, times: number): Row {
  const again = `${times} more ${times === 1 ? 'time' : 'times'} with other numbers`;
  return {
    kind: 'fold',
    atUs: last?.atUs ?? 0,
    sequence: last?.sequence ?? 0,
    // The last of a series is where it has got to.
    text:
      pattern.length === 1
        ? `${again}; the last: ${last === undefined ? '' : rowText(last)}`
        : `the ${pattern.length} lines above, ${again}`,
    isLandmark: pattern.every(isLandmarkRow),
  };
}

/** What a row says, with its place. */
export function rowText({ kind, node, from, text }: Row): string {
  if (from !== undefined) return `${from}→${node ?? ''}${kind === 'lost' ? ' lost:' : ''} ${text}`;
  if (node === undefined || text.startsWith(`${node} `)) return text;
  return kind === 'log' || kind === 'threw' ? `${node}: ${text}` : `${node} ${text}`;
}

/** The repetition from `at` on that hides most rows; `times` is 0 when there is none worth folding. */
function longestRepeat(
  keys: readonly (string | undefined)[],
  at: number,
  atLeast: number,
): { period: number; times: number } {
  let best = { period: 1, times: 0 };
  for (let period = 1; period <= MAX_PERIOD; period++) {
    let times = 1;
    while (repeatsAt(keys, at, at + period * times, period)) times++;
    const hides = period * (times - 1);
    // A row is spent on saying so, hence at least two must go.
    if (times >= atLeast && hides >= 2 && hides > best.period * Math.max(0, best.times - 1)) {
      best = { period, times };
    }
  }
  return best;
}

function repeatsAt(
  keys: readonly (string | undefined)[],
  first: number,
  at: number,
  period: number,
): boolean {
  for (let i = 0; i < period; i++) {
    const key = keys[first + i];
    if (key === undefined || keys[at + i] !== key) return false;
  }
  return true;
}

function isFoldable({ kind }: Row): boolean {
  return !['violation', 'crash', 'boot', 'fold'].includes(kind);
}

/** What a row says apart from its numbers, and from the values of strings (commands, nonces). */
function shapeOf(row: Row): string {
  return `${row.kind} ${row.text.replace(/"[^"]*"/g, '"').replace(/\d+(\.\d+)?/g, '#')}`;
}
