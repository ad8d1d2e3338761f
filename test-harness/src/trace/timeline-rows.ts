import type { NodeId } from '@lockstep/api';
import type { TraceEvent } from './event.ts';
import { joinedFaults } from './joined-faults.ts';
import { mentionedTimes, mentionedTokens, selectNews, upToStory } from './news.ts';
import { messageShape, readMessage } from './message-event.ts';
import { representatives, summaryOf, type Representative } from './silent-links.ts';
import { textShape, visibleText } from './visible-text.ts';

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
  /** For a fold and a note: it is of interest however far back it lies. */
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
  const first = layOut(events, news, new Map(), limit);
  const story = upToStory(news);
  const storyEnd = story?.at(-2)?.sequence ?? Infinity;
  if (story !== undefined && storyEnd < first.detailFrom) return timelineRows(story, limit);
  const shown = new Set(news);
  const silent = representatives(events, (event) => shown.has(event), first.detailFrom);
  if (silent.length === 0) return first.rows;
  const all = [...news, ...silent.map(({ event }) => event)].sort((a, b) => a.sequence - b.sequence);
  const notes = new Map(silent.map((one) => [one.event, moreOf(one)]));
  return layOut(events, all, notes, limit + silent.length).rows;
}

function moreOf({ more, untilUs }: Representative): string {
  const times = more === 1 ? 'once' : `${more} times`;
  return more === 0 ? '' : ` (and ${times} more until ${(untilUs / 1000).toFixed(1)} ms)`;
}

/** What a listing is made of. */
interface Selection {
  readonly events: readonly TraceEvent[];
  readonly news: readonly TraceEvent[];
  /** What is added to the rows of messages. */
  readonly notes: ReadonlyMap<TraceEvent, string>;
  readonly strip: (content: string) => string;
}

/** The rows of these news, and where (in the trace) those begin that are shown in detail. */
function layOut(
  events: readonly TraceEvent[],
  news: readonly TraceEvent[],
  notes: ReadonlyMap<TraceEvent, string>,
  limit: number,
): { readonly rows: Row[]; readonly detailFrom: number } {
  const selection = { events, news, notes, strip: scopeStripper(news) };
  const rows = news.flatMap((event) => rowsOf(event, selection));
  const tokens = mentionedTokens(news.at(-1));
  return cut(foldRepeats(markRoutine(joinWorldRows(rows), selection), tokens), limit, tokens);
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

function markRoutine(rows: readonly Row[], { events, strip }: Selection): Row[] {
  return rows.flatMap((row, i) => {
    const before = rows[i - 1];
    if (before === undefined) return [row];
    const hidden = row.sequence - before.sequence - 1;
    const lastsUs = row.atUs - before.atUs;
    if (hidden < ROUTINE_EVENTS || lastsUs < ROUTINE_US) return [row];
    const between = events.slice(after(events, before.sequence), after(events, row.sequence - 1));
    const summary = summaryOf(between, (content) => visibleText(messageShape(strip(content))));
    const what = summary === '' ? '' : `: ${summary}`;
    const text = `${seconds(lastsUs)} pass, with ${hidden} events that are not shown${what}`;
    return [{ kind: 'gap' as const, atUs: row.atUs, sequence: row.sequence, text }, row];
  });
}

/** The place of the first event that comes after this one. */
function after(events: readonly TraceEvent[], sequence: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}

function seconds(us: number): string {
  return us < 1_000_000 ? `${(us / 1000).toFixed(0)} ms` : `${(us / 1_000_000).toFixed(2)} s`;
}

/** How many rows that have a token of the violation in them are kept, however early. */
const MAX_MENTIONED = 12;

function cut(
  rows: readonly Row[],
  limit: number,
  tokens: readonly string[],
): { readonly rows: Row[]; readonly detailFrom: number } {
  if (rows.length <= limit) return { rows: [...rows], detailFrom: 0 };
  let detailFrom = rows.length - Math.floor(limit * DETAIL_SHARE);
  // A fold says something about the rows above it, so it is not the first one.
  while (rows[detailFrom]?.kind === 'fold') detailFrom++;
  const early = rows.slice(0, detailFrom);
  const isMentioned = mentionedTimes(rows.at(-1));
  const kept = new Set([
    ...chooseLandmarks(early, Math.max(1, limit - (rows.length - detailFrom))),
    ...early.filter((row) => isLandmarkRow(row) && isMentioned(row.atUs)),
    ...early.filter((row) => names(row, tokens)).slice(-MAX_MENTIONED),
  ]);
  const result: Row[] = [];
  let hidden = 0;
  let hasHiddenDetail = false;
  for (const [i, row] of rows.entries()) {
    const isKept = i >= detailFrom || kept.has(row);
    if (!isKept || (row.kind === 'fold' && hidden > 0)) {
      hidden++;
      hasHiddenDetail ||= !isLandmarkRow(row);
      continue;
    }
    // Between landmarks, what is hidden goes without saying, unless landmarks are among it.
    const isJump = hidden > 0 && rows.slice(i - hidden, i).some(isLandmarkRow);
    if (isJump || (i === detailFrom && hasHiddenDetail)) result.push(gap(row, hidden, i < detailFrom));
    hidden = 0;
    result.push(row);
  }
  return { rows: result, detailFrom: rows[detailFrom]?.sequence ?? 0 };
}

/** The last landmarks; half of the room is for those of which there are few, and which explain much. */
function chooseLandmarks(rows: readonly Row[], room: number): Row[] {
  const landmarks = rows.filter(isLandmarkRow);
  const rare = landmarks.filter(isRare);
  const chosen = new Set(rare.slice(-Math.ceil(room / 2)));
  for (const row of landmarks.toReversed()) {
    if (chosen.size >= room) break;
    chosen.add(row);
  }
  return [...chosen];
}

/** Crashes, what boots after them, and what is said of the whole run. */
function isRare({ kind, isLandmark, text }: Row): boolean {
  return kind === 'crash' || isLandmark === true || (kind === 'boot' && text !== 'boot');
}

function names({ text }: Row, tokens: readonly string[]): boolean {
  return tokens.some((token) => text.includes(token));
}

function gap({ atUs, sequence }: Row, hidden: number, isEarly: boolean): Row {
  const lines = hidden === 0 ? '' : `${hidden} ${hidden === 1 ? 'line' : 'lines'} not shown`;
  const rest = isEarly ? '' : 'above, without messages and logs; from here on, without repetitions';
  return { kind: 'gap', atUs, sequence, text: [lines, rest].filter((part) => part !== '').join('; ') };
}

function isLandmarkRow({ kind, isLandmark }: Row): boolean {
  const isDetail = ['message', 'lost', 'timeout', 'log', 'threw', 'note', 'quiet', 'gap', 'fold'].includes(
    kind,
  );
  return isLandmark === true || !isDetail;
}

function rowsOf(event: TraceEvent, selection: Selection): Row[] {
  const text = visibleText(event.text);
  const place = event.node === undefined ? {} : { node: event.node };
  const local = (kind: RowKind): Row[] => [
    { kind, atUs: event.atUs, sequence: event.sequence, ...place, text },
  ];
  switch (event.kind) {
    case 'send':
    case 'deliver':
    case 'lost':
      return messageRow(event, selection);
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
      return local('note').map((row) => ({ ...row, isLandmark: true }));
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

function messageRow(event: TraceEvent, { news, notes, strip }: Selection): Row[] {
  const part = readMessage(event);
  if (part === undefined) {
    return [{ kind: 'quiet', atUs: event.atUs, sequence: event.sequence, text: visibleText(event.text) }];
  }
  const ends = { from: part.from, node: part.to, atUs: event.atUs, sequence: event.sequence };
  const content = visibleText(strip(part.content));
  const note = notes.get(event) ?? '';
  if (event.kind === 'lost') {
    const why = part.why === undefined || part.why === 'lost' ? '' : ` (${visibleText(part.why)})`;
    return [{ kind: 'lost', ...ends, text: `${content}${why}${note}` }];
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
  return [{ kind: 'message', ...ends, text: `${content}${late}${isCopy ? ' (a second copy)' : ''}${note}` }];
}

/** The longest pattern of rows that is looked for when folding. */
const MAX_PERIOD = 8;

/**
 * Folds rows that repeat themselves with other numbers: a pattern of up to eight rows that comes again
 * at least twice (on the same nodes), or seven times (on any), is shown once, with a row that counts the rest. Rows
 * that have one of these tokens in them stay.
 */
export function foldRepeats(rows: readonly Row[], tokens: readonly string[] = []): Row[] {
  const onSameNodes = foldBy(rows, placeAndShape, 3, tokens);
  return foldBy(onSameNodes, shapeOf, 8, tokens);
}

/** What is said of no node in particular names nodes in its text: there a number may be all that matters. */
function placeAndShape(row: Row): string {
  if (row.node === undefined && row.kind !== 'gap' && row.kind !== 'fold') return `${row.kind} ${row.text}`;
  return `${row.from ?? ''}>${row.node ?? ''} ${shapeOf(row)}`;
}

function foldBy(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  atLeast: number,
  tokens: readonly string[],
): Row[] {
  const keys = rows.map((row) => (isFoldable(row) && !names(row, tokens) ? keyOf(row) : undefined));
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

function shapeOf({ kind, text }: Row): string {
  return `${kind} ${textShape(text)}`;
}
