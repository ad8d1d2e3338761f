import type { NodeId } from '@lockstep/api';
import type { AskedRun } from './engine.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { RunResult } from './run.ts';

/*
 * What crosses between a run child and its parent. The child gets lines of JSON on its standard input, and answers each
 * with lines of JSON on file descriptor 3, each with the token of its request: whatever else finds the descriptor
 * can't write a line that counts.
 */

/** Code for the child to load. */
export interface CodeRequest {
  readonly name: string;
  readonly js: string;
  readonly map: string;
}

/** The child's job. */
export interface RunRequest {
  readonly kind: 'run';
  readonly token: string;
  readonly implementation: CodeRequest;
  readonly layers: Readonly<Record<string, CodeRequest>>;
  readonly references: Readonly<Record<string, CodeRequest>>;
  readonly runs: readonly AskedRun[];
  /** Nothing more is run after the first run that fails. */
  readonly untilFailure: boolean;
  readonly sliceMs: number;
  readonly record: boolean;
  readonly recordChoices: boolean;
  readonly inspect: boolean;
  readonly explore: boolean;
  readonly debug?: { readonly node?: string; readonly fromMs?: number };
}

/** Asks what the lab consists of. */
export interface DescribeRequest {
  readonly kind: 'describe';
  readonly token: string;
}

/** A line of the child's. Runs go by their position in the request. */
export type ChildMessage =
  | { readonly kind: 'lab'; readonly lab: unknown }
  | { readonly kind: 'start'; readonly run: number }
  | { readonly kind: 'row'; readonly run: number; readonly wallMs: number; readonly result: RunResult }
  /** The run did not give control back within a slice. The child ends after it: its state is not to be trusted. */
  | {
      readonly kind: 'hang';
      readonly run: number;
      readonly node?: NodeId;
      readonly atMs: number;
      /** Processor time that the slice has had, in ms. */
      readonly cpuMs: number;
      /** With `record`: what had happened before. */
      readonly trace?: readonly TraceEvent[];
    }
  /** The harness or the suite is at fault. */
  | { readonly kind: 'defect'; readonly run: number; readonly message: string }
  | { readonly kind: 'beat' }
  | { readonly kind: 'end' };

/** Milliseconds between two signs of life, at most, while a run is under way. */
export const BEAT_MS = 1000;
