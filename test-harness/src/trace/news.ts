import type { NodeId } from '@lockstep/api';
import type { TraceEvent, TraceKind } from './event.ts';
import { messageShape, readMessage } from './message-event.ts';

/** How many events of a trace an artefact keeps. */
export const MAX_NEWS = 300;

/** How far back the chain of causes of the violation is kept, whatever else is left out. */
const MAX_LINEAGE = 40;

/** What a reader wants to see however far back it lies; messages are of interest near the end only. */
const LANDMARKS: ReadonlySet<TraceKind> = new Set(['boot', 'crash', 'fault', 'note', 'observe', 'violation']);

/** What makes the event that caused it worth showing. */
const LOUD: ReadonlySet<TraceKind> = new Set([...LANDMARKS, 'log', 'threw', 'device']);

/** Whether an event is a landmark of its run. */
export function isLandmark(event: TraceEvent): boolean {
  return LANDMARKS.has(event.kind);
}

/**
 * The events of a trace that tell what happened, in order. Left out are timers, disk operations, and
 * messages that say the same as the one before them on the same link and change nothing that anybody
 * could see: a quiet cluster's heartbeats. Kept in any case are the causes of the violation, what
 * happened at times that it speaks of, and the first time that a handler threw.
 *
 * A violation is the end. Near the end everything of interest is kept, before that landmarks alone, `limit` events in
 * all.
 */
export function selectNews(trace: readonly TraceEvent[], limit: number = MAX_NEWS): TraceEvent[] {
  // What the event of the violation went on to do is of no interest.
  const end = trace.findLastIndex(({ kind }) => kind === 'violation');
  const whole = end < 0 ? trace : trace.slice(0, end + 1);
  const events = whole.length > limit ? (upToStory(whole) ?? whole) : whole;
  const bySequence = new Map(events.map((event) => [event.sequence, event]));
  const lineage = lineageOf(events, bySequence);
  const isNews = newsFilter(events, lineage);
  const isMentioned = mentionedTimes(events.at(-1));
  const tokens = mentionedTokens(events.at(-1));
  const mentioned = events
    .filter(
      (event) =>
        (isLandmark(event) && isMentioned(event.atUs)) || tokens.some((token) => event.text.includes(token)),
    )
    .slice(-MAX_LINEAGE);
  const thrown = events.find(({ kind }) => kind === 'threw');
  const first = [...lineage, ...(thrown === undefined ? [] : [thrown]), ...mentioned].slice(0, limit);
  const kept = new Map(first.map((event) => [event.sequence, event]));
  const detailed = Math.floor(limit * 0.75);
  for (let i = events.length - 1; i >= 0 && kept.size < limit; i--) {
    const event = events[i];
    if (event === undefined || !isNews(event)) continue;
    if (kept.size >= detailed && !isLandmark(event)) continue;
    kept.set(event.sequence, event);
    const cause = event.parent === undefined ? undefined : bySequence.get(event.parent);
    // When a message was sent is half of its story.
    if (cause?.kind === 'send' && readMessage(event) !== undefined) kept.set(cause.sequence, cause);
  }
  return [...kept.values()].sort((a, b) => a.sequence - b.sequence);
}

/**
 * Whether a time is one that the violation speaks of: "… but n4 applied another one there at 2107.7 ms", "get(x)
 * (549.1 to 558.4 ms)". What happened then is half of the story.
 */
export function mentionedTimes(
  violation: { readonly kind: string; readonly text: string } | undefined,
): (atUs: number) => boolean {
  if (violation?.kind !== 'violation') return () => false;
  const times = new Set([...violation.text.matchAll(/(\d+\.\d)(?= ms| to \d+\.\d ms)/g)].map(([, ms]) => ms));
  return (atUs) => times.has((atUs / 1000).toFixed(1));
}

/** Times in a sentence are rounded by so much, in µs. */
const ROUNDED_US = 50;

/**
 * A judge that looks at the whole history speaks, at the end of the run, of what happened long before. The events up to
 * there, and the violation; `undefined` where it speaks of the end, or says no time.
 */
export function upToStory(events: readonly TraceEvent[]): TraceEvent[] | undefined {
  const violation = events.at(-1);
  if (violation?.kind !== 'violation' || violation.node !== undefined) return undefined;
  const times = [...violation.text.matchAll(/(\d+\.\d) ms/g)].map(([, ms]) => Number(ms));
  const endUs = Math.max(...times) * 1000 + ROUNDED_US;
  if (times.length === 0 || endUs >= violation.atUs) return undefined;
  return [...events.filter(({ atUs }) => atUs <= endUs), violation];
}

/** The tokens that the violation speaks of, which occur nowhere else: `<5d81b7c7cefa1a42>` is missing. */
export function mentionedTokens(
  violation: { readonly kind: string; readonly text: string } | undefined,
): string[] {
  if (violation?.kind !== 'violation') return [];
  return [...new Set([...violation.text.matchAll(/[<‹]([0-9a-f]{8,})/g)].map(([, token = '']) => token))];
}

/** The last violation and its causes, nearest first. */
function lineageOf(
  events: readonly TraceEvent[],
  bySequence: ReadonlyMap<number, TraceEvent>,
): Set<TraceEvent> {
  const lineage = new Set<TraceEvent>();
  let event = events.findLast(({ kind }) => kind === 'violation');
  while (event !== undefined && lineage.size < MAX_LINEAGE) {
    lineage.add(event);
    event = event.parent === undefined ? undefined : bySequence.get(event.parent);
  }
  return lineage;
}

function newsFilter(
  events: readonly TraceEvent[],
  lineage: ReadonlySet<TraceEvent>,
): (event: TraceEvent) => boolean {
  const consequential = new Set<number>();
  const causes = new Set(events.map(({ parent }) => parent));
  const settled = new Set<string>();
  for (const event of events) {
    if (event.parent !== undefined && LOUD.has(event.kind)) consequential.add(event.parent);
    if (event.message !== undefined && event.kind !== 'send') settled.add(event.message);
  }
  const repeats = repeatedMessages(events);
  return (event) => {
    if (LOUD.has(event.kind) || lineage.has(event)) return true;
    switch (event.kind) {
      case 'deliver':
      case 'lost':
      case 'timeout':
        return consequential.has(event.sequence) || !repeats.has(event);
      case 'send':
        // Still under way when the run ended; other messages show when they arrive.
        return event.message !== undefined && !settled.has(event.message) && !repeats.has(event);
      case 'control':
        // What the test asked for is worth a line if anything came of it, and nothing else tells.
        return causes.has(event.sequence) && !consequential.has(event.sequence);
      case 'disk-write':
      case 'disk-done':
      case 'timer':
        return false;
      default:
        return true;
    }
  };
}

/** Messages, and failures of calls, that say the same as the one before them on the same link. */
function repeatedMessages(events: readonly TraceEvent[]): Set<TraceEvent> {
  const last = new Map<string, string>();
  const repeats = new Set<TraceEvent>();
  for (const event of events) {
    const part = readMessage(event);
    if (part === undefined && event.kind !== 'timeout') continue;
    const key =
      part === undefined
        ? `timeout ${event.node ?? ''} ${event.text}`
        : `${event.kind} ${part.from}>${part.to} ${messageShape(part.content)}`;
    const text = part === undefined ? event.text : part.content;
    if (last.get(key) === text) repeats.add(event);
    else last.set(key, text);
  }
  return repeats;
}

/** All nodes that the events name: letters first, then by number, so that n10 follows n9. */
export function nodesOf(events: readonly TraceEvent[]): NodeId[] {
  const ids = new Set(events.flatMap(({ node }) => (node === undefined ? [] : [node])));
  const key = (id: NodeId): string => id.replace(/\d+/g, (digits) => digits.padStart(6, '0'));
  return [...ids].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
