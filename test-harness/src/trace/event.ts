import type { NodeId } from '@lockstep/api';

/** What a trace event can be about. */
export const TRACE_KINDS = [
  'boot',
  'crash',
  'send',
  'deliver',
  'lost',
  'timeout',
  'timer',
  'disk-write',
  'disk-done',
  'log',
  // A handler of the implementation threw; whoever had called it heard that the call failed.
  'threw',
  'observe',
  'control',
  'fault',
  'note',
  'device',
  'violation',
] as const;

/** See {@link TRACE_KINDS}. */
export type TraceKind = (typeof TRACE_KINDS)[number];

/** One event of a recorded run. */
export interface TraceEvent {
  /** Position in the run's total order. */
  readonly sequence: number;
  /** Virtual time in µs. */
  readonly atUs: number;
  readonly kind: TraceKind;
  /** Where it happened; absent for the script and the world. */
  readonly node?: NodeId;
  /** Sequence of the event that caused this one; absent for the first. */
  readonly parent?: number;
  /** For messages: link and number, the same for send and delivery, e.g. `n1>n2#17`, and `n1<n2#17` for the reply. */
  readonly message?: string;
  /** One line for people, in the field's words. */
  readonly text: string;
}
