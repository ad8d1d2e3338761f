import type { DiskRequest } from './input.ts';

/** Why {@link Machine.run} returned. Bytes in an exit are copies that are the caller's. */
export type Exit =
  /** The count was reached. */
  | { readonly kind: 'count' }
  /** The guest reads the wall clock: the instruction waits for the input `clock`. */
  | { readonly kind: 'clock' }
  /** The guest reads a random word: the instruction waits for the input `entropy`. */
  | { readonly kind: 'entropy' }
  /** The guest has sent a packet. The count is that after the instruction which sent it. */
  | { readonly kind: 'output'; readonly packet: Uint8Array }
  /** The guest has asked for sectors to be read or written. Completed by the input `disk`, at any later time. */
  | { readonly kind: 'disk'; readonly request: DiskRequest }
  /** The guest has armed its timer anew, or disarmed it: {@link Machine.timer} says which. */
  | { readonly kind: 'timer' }
  /** The guest waits, and executes nothing until an interrupt is pending. */
  | { readonly kind: 'wfi' }
  /** The guest has printed a line, for people: a debugging aid, and not an output. */
  | { readonly kind: 'console'; readonly text: string }
  /** The guest has switched the machine off. */
  | { readonly kind: 'halt'; readonly code: number }
  /** The guest trapped and has no handler for it: the machine stands still for ever. */
  | { readonly kind: 'fault'; readonly cause: number; readonly pc: number; readonly value: number };
