import {
  headline,
  renderTimeline,
  threwSentence,
  timelineLegend,
  visibleText,
  wrap,
  type Failure,
  type TimelineStyle,
  type TraceEvent,
} from '@lockstep/test-harness/trace';
import { ownCommand } from '../harness.ts';
import type { Io } from '../io.ts';

/** How a failure is shown. */
export interface FailureViewOptions {
  /** The file that `replay` takes, as it would be typed. */
  readonly file?: string;
  /** The code to replay it with, if the file does not know it. */
  readonly impl?: string;
  /** Rows of the timeline. */
  readonly rows?: number;
  /** The whole trace, where there is more than the file keeps. */
  readonly trace?: readonly TraceEvent[];
}

const INDENT = '  ';

/** Everything that helps somebody to understand a failure: what broke, the events before it, how to see it again. */
export function showFailure(io: Io, failure: Failure, options: FailureViewOptions): void {
  const { colors } = io;
  const { verdict, test } = failure;
  io.out(colors.bold(colors.red(`✗ ${test.id}, seed ${failure.seed}: ${headline(verdict)}`)));
  const where = verdict.node === undefined ? '' : ` on ${verdict.node}`;
  // A process that died tells no time.
  const isTimed = failure.traceHash !== '' || verdict.node !== undefined;
  const place = isTimed ? `at ${formatMs(verdict.atMs)}${where}: ` : '';
  paragraph(io, `${place}${visibleText(verdict.message)}`);
  if (verdict.explanation !== undefined) {
    const { atMs, property, message } = verdict.explanation;
    paragraph(io, `First, at ${formatMs(atMs)}: ${property}: ${visibleText(message)}`);
  }
  const threw = threwSentence(failure);
  if (threw !== undefined) paragraph(io, threw);
  for (const line of verdict.stack?.split('\n') ?? []) io.out(`${INDENT}${INDENT}${visibleText(line)}`);
  showTimeline(io, failure, options);
  showWhatNext(io, failure, options);
}

function showTimeline(io: Io, failure: Failure, { rows = 40, trace }: FailureViewOptions): void {
  const events = trace ?? failure.trace?.events ?? [];
  if (events.length === 0) return;
  io.out('');
  const lines = renderTimeline(events, {
    ...(failure.trace === null ? {} : { nodes: failure.trace.nodes }),
    width: Math.min(io.columns, 160),
    rows,
    ascii: io.ascii,
    paint: painter(io),
  });
  for (const line of lines) io.out(line);
  io.out(io.colors.dim(`${' '.repeat(11)}${timelineLegend(io.ascii)}`));
}

function showWhatNext(io: Io, failure: Failure, { file, impl }: FailureViewOptions): void {
  io.out('');
  const facts: [string, string][] = [['Seed', failure.seed]];
  if (file !== undefined) {
    facts.push(['The same run again', io.colors.bold(replayCommand(file, impl))]);
    if (failure.verdict.kind === 'hang')
      facts.push(['In a debugger, just before', debugCommand(failure, file, impl)]);
  }
  for (const [name, value] of facts) io.out(`${INDENT}${name}: ${value}`);
  paragraph(io, `About the test: ${failure.test.about}`);
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

/** One line for a failure that is not shown in full. */
export function failureLine(failure: Failure): string {
  const { verdict } = failure;
  return `${headline(verdict)}: ${visibleText(verdict.message)}`;
}

/** Virtual time for people. */
export function formatMs(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(3)} s`;
}

function paragraph(io: Io, text: string): void {
  for (const line of wrap(text, Math.min(io.columns, 110) - INDENT.length)) io.out(`${INDENT}${line}`);
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
