import { readMessage } from './message-event.ts';
import type { TraceEvent } from './event.ts';

/** A message that stands for its repetitions. */
export interface Representative {
  readonly event: TraceEvent;
  /** How many more arrived that said the same. */
  readonly more: number;
  /** When the last of them arrived, in µs of virtual time. */
  readonly untilUs: number;
}

/**
 * Of each direction between two nodes in which messages went from `sequence` on, but none that is shown: the first of
 * them. They repeat what was said before; but left out altogether, it would look as if nobody had said anything.
 */
export function representatives(
  events: readonly TraceEvent[],
  isShown: (event: TraceEvent) => boolean,
  sequence: number,
): Representative[] {
  const byLink = new Map<string, Representative | 'shown'>();
  for (const event of events) {
    if (event.sequence < sequence || (event.kind !== 'deliver' && event.kind !== 'lost')) continue;
    const part = readMessage(event);
    if (part === undefined) continue;
    const link = `${part.from}>${part.to}`;
    const known = byLink.get(link);
    if (known === 'shown') continue;
    if (isShown(event)) byLink.set(link, 'shown');
    else if (known === undefined) byLink.set(link, { event, more: 0, untilUs: event.atUs });
    else byLink.set(link, { ...known, more: known.more + 1, untilUs: event.atUs });
  }
  return [...byLink.values()].filter((one) => one !== 'shown');
}

/** How many kinds of messages are named of those that are left out. */
const MAX_KINDS = 4;

/** What arrived among these events, most often first: `n1→n2 appendEntries ×12`. */
export function summaryOf(events: readonly TraceEvent[], nameOf: (content: string) => string): string {
  const counts = new Map<string, number>();
  for (const event of events) {
    const part = event.kind === 'deliver' ? readMessage(event) : undefined;
    if (part === undefined) continue;
    const name = `${part.from}→${part.to} ${nameOf(part.content)}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const named = sorted.slice(0, MAX_KINDS).map(([name, times]) => `${name} ×${times}`);
  const rest = sorted.slice(MAX_KINDS).reduce((sum, [, times]) => sum + times, 0);
  return [...named, ...(rest === 0 ? [] : [`${rest} other messages`])].join(', ');
}
