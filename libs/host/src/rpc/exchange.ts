import type { FailureCode } from './messages.ts';

/** What a call asks for. The arguments are encoded already, so they are a copy. */
export interface Request {
  readonly scope: string;
  readonly method: string;
  readonly args: Uint8Array;
}

/** How a call ended, as far as the network knows. */
export type Outcome =
  | { readonly ok: true; readonly result: Uint8Array }
  | { readonly ok: false; readonly code: FailureCode; readonly reason: string };

/** The outcome of which nothing is known but that there is no reply. */
export function unavailable(reason: string): Outcome {
  return { ok: false, code: 'unavailable', reason };
}

/** One request under way: `settle` is called at most once, and not after the request was withdrawn. */
export interface Exchange {
  readonly request: Request;
  settle(outcome: Outcome): void;
}
