import type { NodeId } from '@lockstep/api';
import { cut, MAX_NAME } from '../trace/bounded.ts';

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

/** The violation as a row may have it: whatever code under test has said, in a bounded length. */
export function boundedViolation<V extends Violation & { readonly stack?: string }>(violation: V): V {
  const { property, message, node, stack } = violation;
  return {
    ...violation,
    property: cut(property),
    message: cut(message),
    ...(node === undefined ? {} : { node: cut(node, MAX_NAME) }),
    ...(stack === undefined ? {} : { stack: cut(stack) }),
  };
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

/**
 * Thrown to end the run with a violation: inside a script, by its helpers, or by what code under test calls. That code
 * may catch it. So it can be told from all else by what nobody can forge, and leads to no way of making another one.
 */
export class ViolationError extends Error {
  override readonly name = 'ViolationError';
  readonly #violation: Violation;

  constructor(violation: Violation) {
    super(violation.message);
    this.#violation = violation;
  }

  /** The violation that was thrown; `undefined` when it was something else. Runs no code of what it is asked about. */
  static violationOf(error: unknown): Violation | undefined {
    return typeof error === 'object' && error !== null && #violation in error ? error.#violation : undefined;
  }
}
Reflect.deleteProperty(ViolationError.prototype, 'constructor');
Object.freeze(ViolationError.prototype);
Object.freeze(ViolationError);

/**
 * What a script gets that was waiting for a node which crashed meanwhile: whether the node did what
 * it was asked is unknown.
 */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}
Object.freeze(Interrupted.prototype);
Object.freeze(Interrupted);
