/**
 * Why a call failed.
 *
 * - `unavailable`: no reply came in time, for whatever reason: the request was lost, the reply was
 *   lost, the node is down, slow, cut off, or not serving yet. The outcome is **unknown**: the
 *   handler may have run, may be running, or may yet run.
 * - `cancelled`: the caller's own signal ended the call; the outcome is unknown as well.
 * - `handler-failed`: the handler threw, or answered with something that is not plain data.
 * - `unknown-method`: the other node serves this scope, but no such method.
 * - `invalid-argument`: the arguments are not plain data, or the options make no sense. Nothing was sent.
 */
export type RpcErrorCode =
  | 'unavailable'
  | 'cancelled'
  | 'handler-failed'
  | 'unknown-method'
  | 'invalid-argument';

/** The one way in which a call fails. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcErrorCode;

  constructor(code: RpcErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A disk operation that failed. After a failed write it is unknown whether the batch was written. */
export class DiskError extends Error {
  override readonly name = 'DiskError';
}

/**
 * What a starter's stubs throw, so that a table of results can say "not implemented" rather than "crash".
 *
 * @example throw new NotImplemented('Raft part A: RequestVote');
 */
export class NotImplemented extends Error {
  override readonly name = 'NotImplemented';
}
