import type { NodeId } from '@lockstep/api';
import type { TraceEvent } from '../trace/event.ts';
import type { ChildEnd } from './child-process.ts';
import type { Row } from './engine.ts';

/** The property that a hang breaks. */
export const HANG_PROPERTY = 'yields control';

const NO_COUNTERS = { calls: 0, messages: 0, bytes: 0, events: 0, timers: 0, diskWrites: 0, diskBytes: 0 };

/** Why a run has no result of its own. */
export interface Death {
  readonly kind: 'crash' | 'hang';
  readonly property: string;
  readonly message: string;
  readonly node?: NodeId;
  /** Virtual time in ms. */
  readonly atMs?: number;
  /** What had happened before, where that is known. */
  readonly trace?: readonly TraceEvent[];
}

/** The row of a run that took its child down: its verdict, and little else that could be known. */
export function failedRow(
  run: { readonly test: string; readonly seed: string },
  { trace, ...death }: Death,
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
    ...(trace === undefined ? {} : { trace: [...trace, lastEvent(trace, death)] }),
  };
}

/** The end of a trace that the world could not write itself. */
function lastEvent(trace: readonly TraceEvent[], { property, node, atMs = 0 }: Death): TraceEvent {
  return {
    sequence: (trace.at(-1)?.sequence ?? 0) + 1,
    atUs: atMs * 1000,
    kind: 'violation',
    ...(node === undefined ? {} : { node }),
    text: `${property}: what runs here does not come to an end`,
  };
}

/** Says why a child died, from how it ended. */
export function describeDeath({ killed, signal, exitCode, errorText }: ChildEnd, heapMb: number): Death {
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

function lastWords(errorText: string): string {
  const line = errorText.split('\n').find((candidate) => candidate.trim() !== '');
  return line === undefined
    ? ''
    : `: ${line
        .replace(/[^\x20-\x7e]/g, ' ')
        .trim()
        .slice(0, 200)}`;
}
