/**
 * What is replicated: state that changes by commands alone. On all servers the same commands come in the same order,
 * and so it has to make the same of them everywhere: no clock, no randomness, no order that depends on the server.
 */
export interface StateMachine<Command, Result> {
  /** Takes the next command, and says what came of it. */
  apply(command: Command): Result;
  /** Its whole state, as plain data. */
  snapshot(): unknown;
  /** Replaces its whole state by one that a machine of its kind gave to a snapshot. */
  restore(data: unknown): void;
}

/** What became of a command that was submitted here. */
export type Submitted<Result> =
  | { readonly kind: 'applied'; readonly result: Result }
  /** This server does not lead; the command was not taken. */
  | { readonly kind: 'not-leader' }
  /**
   * This server led when it took the command, and does not any more. The command may have been applied, may yet be, or
   * never will.
   */
  | { readonly kind: 'lost' };

/** What became of a read. Without an answer nothing has happened. */
export type Answered<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: 'not-leader' };
