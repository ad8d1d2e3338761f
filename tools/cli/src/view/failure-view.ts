import {
  headline,
  nodesOf,
  threwSentence,
  visibleText,
  wrap,
  type Failure,
  type TraceEvent,
} from '@lockstep/test-harness/trace';
import { ownCommand } from '../harness.ts';
import type { Io } from '../io.ts';
import { showListing, showWindow, type Window } from './listing.ts';
import { formatMs } from './time.ts';

/** How a failure is shown. */
export interface FailureViewOptions {
  /** The file that `replay` takes, as it would be typed. */
  readonly file?: string;
  /** The code to replay it with, if the file does not know it. */
  readonly impl?: string;
  /** Rows of the timeline. */
  readonly rows?: number;
  /** Lists this stretch of virtual time instead of the end. */
  readonly window?: Window;
  /** The whole trace, where there is more than the file keeps. */
  readonly trace?: readonly TraceEvent[];
  /** There is nothing left to shrink. */
  readonly isSmallest?: boolean;
}

const INDENT = '  ';

/** Everything that helps somebody to understand a failure: what broke, the events before it, how to see it again. */
export function showFailure(io: Io, failure: Failure, options: FailureViewOptions): void {
  const { colors } = io;
  const { verdict, test } = failure;
  io.out(colors.bold(colors.red(`✗ ${test.id}, seed ${visibleText(failure.seed)}: ${headline(verdict)}`)));
  const where = verdict.node === undefined ? '' : ` on ${verdict.node}`;
  // A process that died tells no time.
  const isTimed = failure.traceHash !== '' || verdict.node !== undefined;
  const place = isTimed ? `at ${formatMs(verdict.atMs)}${where}: ` : '';
  paragraph(io, `${place}${verdict.message}`);
  if (verdict.explanation !== undefined) {
    const { atMs, property, message } = verdict.explanation;
    paragraph(io, `First, at ${formatMs(atMs)}: ${property}: ${message}`);
  }
  const threw = threwSentence(failure);
  if (threw !== undefined) paragraph(io, threw);
  for (const line of verdict.stack?.split('\n') ?? []) io.out(`${INDENT}${INDENT}${visibleText(line)}`);
  showTimeline(io, failure, options);
  showWhatNext(io, failure, options);
}

function showTimeline(io: Io, failure: Failure, { rows = 40, trace, window }: FailureViewOptions): void {
  const events = trace ?? failure.trace?.events ?? [];
  if (events.length === 0) {
    if (window !== undefined) paragraph(io, 'There is no recording of this run, so nothing can be listed.');
    return;
  }
  io.out('');
  const nodes = failure.trace?.nodes ?? nodesOf(events);
  if (window === undefined) showListing(io, events, { nodes, rows });
  else showWindow(io, events, window, nodes);
}

function showWhatNext(io: Io, failure: Failure, { file, impl, isSmallest }: FailureViewOptions): void {
  io.out('');
  const facts: [string, string][] = [['Seed', visibleText(failure.seed)]];
  if (file !== undefined) {
    const again = replayCommand(file, impl);
    facts.push(['The same run again', io.colors.bold(again)]);
    if (isSmallest !== true && isShrinkable(failure)) facts.push(['Smaller', `${again} --shrink`]);
    if (failure.verdict.kind === 'hang')
      facts.push(['In a debugger, just before', debugCommand(failure, file, impl)]);
  }
  for (const [name, value] of facts) io.out(`${INDENT}${name}: ${value}`);
  paragraph(io, `About the test: ${failure.test.about}`);
}

/** A run that hangs, or takes its process down, costs so much time that thousands of it are too many. */
function isShrinkable({ verdict, traceHash }: Failure): boolean {
  return verdict.kind !== 'hang' && traceHash !== '';
}

/** The command that replays exactly this run. */
export function replayCommand(file: string, impl?: string): string {
  const path = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
  return `${ownCommand()} replay ${path}${impl === undefined ? '' : ` --impl ${impl}`}`;
}

/** The command that stops in a debugger before the event in which the failure came. */
function debugCommand({ verdict: { node, atMs } }: Failure, file: string, impl: string | undefined): string {
  const where = node === undefined ? '' : ` --node ${node}`;
  return `${replayCommand(file, impl)} --inspect-brk${where} --from ${Math.floor(atMs)}ms`;
}

/** What is said may be of the code, or of a file from anywhere. */
function paragraph(io: Io, text: string): void {
  for (const line of wrap(visibleText(text), Math.min(io.columns, 110) - INDENT.length))
    io.out(`${INDENT}${line}`);
}
