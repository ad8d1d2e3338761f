import {
  renderTimeline,
  timelineLegend,
  type TimelineStyle,
  type TraceEvent,
} from '@lockstep/test-harness/trace';
import { rowColumns, type Io } from '../io.ts';
import { WINDOW_ROWS } from '../options.ts';
import { formatMs } from './time.ts';

/** A stretch of virtual time, in ms; both ends belong to it. */
export interface Window {
  readonly fromMs: number;
  /** May be infinite: up to the end. */
  readonly toMs: number;
}

/** What is listed, and how. */
export interface ListingOptions {
  /** The columns: all nodes of the run. */
  readonly nodes: readonly string[];
  readonly rows: number;
}

/** Lists the end of a run, and says what the marks mean. */
export function showListing(io: Io, events: readonly TraceEvent[], options: ListingOptions): void {
  showLines(io, linesOf(io, events, options));
}

function linesOf(io: Io, events: readonly TraceEvent[], { nodes, rows }: ListingOptions): string[] {
  return renderTimeline(events, {
    nodes,
    width: rowColumns(io),
    rows,
    ascii: io.ascii,
    paint: painter(io),
  });
}

function showLines(io: Io, lines: readonly string[]): void {
  for (const line of lines) io.out(line);
  io.out(io.colors.dim(`${' '.repeat(11)}${timelineLegend(io.ascii)}`));
}

/** Lists what was recorded in a window. */
export function showWindow(
  io: Io,
  trace: readonly TraceEvent[],
  window: Window,
  nodes: readonly string[],
): void {
  const events = eventsIn(trace, window);
  const stretch = `From ${milliseconds(window.fromMs)} to ${endOf(window)}`;
  const lines = linesOf(io, events, { nodes, rows: WINDOW_ROWS });
  // The first line is the head.
  if (lines.length < 2) {
    const last = trace.at(-1)?.atUs ?? 0;
    const what = events.length === 0 ? 'nothing happens' : 'nothing happens that is worth a row';
    io.out(`  ${stretch}, ${what}; the last event of the run is at ${formatMs(last / 1000)}.`);
    return;
  }
  const down = downAt(trace, window, nodes);
  io.out(`  ${stretch}${down.length === 0 ? '' : ` (down at first: ${down.join(', ')})`}:`);
  showLines(io, lines);
}

function endOf({ toMs }: Window): string {
  return Number.isFinite(toMs) ? milliseconds(toMs) : 'the end';
}

/** As it was typed, but in the unit of a listing's first column. */
function milliseconds(ms: number): string {
  return `${Number(ms.toFixed(3))} ms`;
}

/**
 * The events of a window, and the sending of what arrives in it, which takes no row but says how late that is. Times
 * are compared as a listing shows them, so that those of its rows can be typed.
 */
function eventsIn(trace: readonly TraceEvent[], { fromMs, toMs }: Window): TraceEvent[] {
  const [from, to] = [hundredths(fromMs), hundredths(toMs)];
  const isWithin = ({ atUs }: TraceEvent): boolean => {
    const at = hundredths(atUs / 1000);
    return at >= from && at <= to;
  };
  const arrivals = trace.filter((event) => event.kind !== 'send' && isWithin(event));
  const messages = new Set(arrivals.flatMap(({ message }) => (message === undefined ? [] : [message])));
  const hasArrived = ({ kind, message }: TraceEvent): boolean =>
    kind === 'send' && message !== undefined && messages.has(message);
  return trace.filter((event) => isWithin(event) || hasArrived(event));
}

function hundredths(ms: number): number {
  return Math.round(ms * 100);
}

/** Nodes that have crashed before a window and not come back: what is in the window need not tell. */
function downAt(trace: readonly TraceEvent[], { fromMs }: Window, nodes: readonly string[]): string[] {
  const before = trace.filter(
    ({ atUs, kind }) => hundredths(atUs / 1000) < hundredths(fromMs) && (kind === 'boot' || kind === 'crash'),
  );
  return nodes.filter((node) => before.findLast((event) => event.node === node)?.kind === 'crash');
}

/** The colours of a timeline. */
function painter({ colors }: Io): (style: TimelineStyle, text: string) => string {
  return (style, text) => {
    switch (style) {
      case 'time':
      case 'lane':
      case 'gap':
        return colors.dim(text);
      case 'message':
        return text;
      case 'lost':
        return colors.yellow(text);
      case 'state':
        return colors.green(text);
      case 'log':
        return colors.cyan(text);
      case 'fault':
        return colors.magenta(text);
      case 'bad':
        return colors.bold(colors.red(text));
    }
  };
}
