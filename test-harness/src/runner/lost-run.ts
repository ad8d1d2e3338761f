import type { NodeId } from '@lockstep/api';
import type { TraceEvent } from '../trace/event.ts';
import type { ChildEnd } from './child-process.ts';
import { OVERFLOW, STACK_PROPERTY } from '../world/crossing.ts';
import type { Row } from './engine.ts';
import { STACK_MB } from './os-walls.ts';
import { diedOfStack } from './stack-end.ts';

/** The property that a hang breaks. */
export const HANG_PROPERTY = 'yields control';

const TOO_DEEP = {
  kind: 'crash',
  property: STACK_PROPERTY,
  message: 'calls went deeper than the stack',
} as const;

const NO_COUNTERS = { calls: 0, messages: 0, bytes: 0, events: 0, timers: 0, diskWrites: 0, diskBytes: 0 };

/** Why a run has no result of its own. */
export interface Death {
  readonly kind: 'crash' | 'hang';
  readonly property: string;
  readonly message: string;
  readonly node?: NodeId;
  /** Virtual time in ms. */
  readonly atMs?: number;
  /** Frames of the code, where it threw. */
  readonly stack?: string;
  /** What had happened before, where that is known. */
  readonly trace?: readonly TraceEvent[];
}

/**
 * Whether a run that took its child down can be made again to see what had happened before: where the child did not
 * live to say it, another one does.
 */
export function canBeRetraced({ verdict, traceHash, notRun }: Row): boolean {
  if (verdict.status !== 'fail' || traceHash !== '' || notRun === true) return false;
  return verdict.kind === 'hang' || verdict.property === STACK_PROPERTY;
}

/** The row of a run that took its child down: its verdict, and little else that could be known. */
export function failedRow(
  run: { readonly test: string; readonly seed: string },
  { trace, ...death }: Death,
  isRecorded = true,
): Row {
  return {
    test: run.test,
    seed: run.seed,
    verdict: { status: 'fail', atMs: 0, ...death },
    reached: [],
    traceHash: '',
    simulatedMs: death.atMs ?? 0,
    counters: NO_COUNTERS,
    faults: {},
    bounds: [],
    plan: undefined,
    wallMs: 0,
    ...(trace === undefined || !isRecorded ? {} : { trace: [...trace, lastEvent(trace, death)] }),
  };
}

/** The end of a trace that the world could not write itself. */
function lastEvent(trace: readonly TraceEvent[], { kind, property, node, atMs = 0 }: Death): TraceEvent {
  const what =
    kind === 'hang' ? 'what runs here does not come to an end' : 'what runs here took the process down';
  return {
    sequence: (trace.at(-1)?.sequence ?? 0) + 1,
    atUs: atMs * 1000,
    kind: 'violation',
    ...(node === undefined ? {} : { node }),
    text: `${property}: ${what}`,
  };
}

/** Says why a child died, from how it ended. */
export function describeDeath(end: ChildEnd, heapMb: number): Death {
  const { killed, signal, exitCode, errorText } = end;
  if (killed === 'silence' || killed === 'wall-time') {
    return { kind: 'hang', property: HANG_PROPERTY, message: 'the process gave no sign of life any more' };
  }
  if (killed === 'flood') {
    return {
      kind: 'crash',
      property: 'bounded output',
      message: 'the process said more than a run has to say',
    };
  }
  if (signal === 'SIGKILL') {
    const message = 'the process was killed from outside, as a system does that runs out of memory';
    return { kind: 'crash', property: 'bounded memory', message };
  }
  if (diedOfStack(end)) {
    const message = `${TOO_DEEP.message} (${STACK_MB} MiB); code that catches the error hides where that was`;
    return { ...TOO_DEEP, message };
  }
  if (/out of memory|Allocation failed|Cannot allocate|bad_alloc/i.test(errorText)) {
    return {
      kind: 'crash',
      property: 'bounded memory',
      message: `the process ran out of memory (${heapMb} MiB)`,
    };
  }
  const how = signal === null ? `with exit status ${exitCode ?? 'unknown'}` : `by ${signal}`;
  return { kind: 'crash', property: 'no crash', message: `the process died ${how}${lastWords(errorText)}` };
}

/**
 * The death of a run that came to the end of its stack, by what it came to where that is an error: a crash, or a
 * handler that threw it. `undefined` when the code caught it, or something else happened before.
 */
export function describeOverflow({ verdict, trace = [] }: Row): Death | undefined {
  const thrown = trace.find(({ kind, text }) => kind === 'threw' && text.includes(OVERFLOW));
  if (thrown !== undefined) {
    const { text, node, atUs, sequence } = thrown;
    return {
      ...TOO_DEEP,
      message: `${TOO_DEEP.message}: ${text}`,
      ...(node === undefined ? {} : { node }),
      atMs: atUs / 1000,
      trace: trace.filter((event) => event.sequence <= sequence),
    };
  }
  if (verdict.status !== 'fail' || !verdict.message.includes(OVERFLOW)) return undefined;
  const { message, node, atMs, stack } = verdict;
  return {
    ...TOO_DEEP,
    message: `${TOO_DEEP.message}: ${message}`,
    ...(node === undefined ? {} : { node }),
    atMs,
    ...(stack === undefined ? {} : { stack }),
    trace: trace.filter(({ kind }) => kind !== 'violation'),
  };
}

function lastWords(errorText: string): string {
  const line = errorText.split('\n').find((candidate) => candidate.trim() !== '');
  return line === undefined
    ? ''
    : `: ${line
        .replace(/[^\x20-\x7e]/g, ' ')
        .trim()
        .slice(0, 200)}`;
}
