import type { NodeId } from '@lockstep/api';

/**
 * How a run can fail.
 *
 * - `safety`: something happened that must never happen.
 * - `liveness`: something that must happen did not happen within its bound of virtual time.
 * - `budget`: a deterministic bound on messages, bytes, events, timers or log lines was exceeded.
 * - `crash`: the submission's code threw (or left a rejection unhandled), or could not be started.
 * - `hang`: the submission's code did not give control back.
 */
export type FailureKind = 'safety' | 'liveness' | 'budget' | 'crash' | 'hang';

/** A broken property: what a judge or a script reports. */
export interface Violation {
  readonly kind: FailureKind;
  /** The property's name in the field's words, e.g. `election safety`. */
  readonly property: string;
  /** One or two sentences: what was seen, on which node, against what rule. */
  readonly message: string;
  readonly node?: NodeId;
}

/** The outcome of one run, that is, of one test with one seed. */
export type Verdict =
  | { readonly status: 'pass' }
  | (Violation & {
      readonly status: 'fail';
      /** Virtual time of the failure, in ms. */
      readonly atMs: number;
      /** Source-mapped stack of the submission's own frames, when its code threw. */
      readonly stack?: string;
      /** The code says itself that this part is yet to be written. */
      readonly notImplemented?: true;
      /** The first invariant that an advisory judge saw broken, usually earlier and nearer to the cause. */
      readonly explanation?: Violation & { readonly atMs: number };
    });

/** Thrown inside a script (or by its helpers) to end the run with this violation. */
export class ViolationError extends Error {
  override readonly name = 'ViolationError';
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violation.message);
    this.violation = violation;
  }
}

/**
 * What a script gets that was waiting for a node which crashed meanwhile: whether the node did what
 * it was asked is unknown.
 */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
