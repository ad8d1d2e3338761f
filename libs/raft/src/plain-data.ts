import { decode, encode } from '@lockstep/api';

/**
 * A copy that shares nothing with `value`. Commands and snapshots change hands as copies: what the service
 * does to its own objects must never reach the log, or a message that is still to be sent.
 * Throws `NotPlainData`, with the path to the offender, for anything that can be neither sent nor stored.
 */
export function copyOf(value: unknown, what: string): unknown {
  return decode(encode(value, what));
}

/** Bytes that `value` takes in a message or on disk. */
export function sizeOf(value: unknown): number {
  return encode(value).length;
}
