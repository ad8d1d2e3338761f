import type { Input, Output } from '@lockstep/api';

/** The session of epoch 1, which both sides know. */
export const FIRST = 'first';

/** `count`, and what happened there; no input for something that the guest did to the world. */
export type Entry = readonly [count: number, input: Input | null];

export interface Log {
  readonly session: string;
  readonly from: number;
  readonly entries: readonly Entry[];
  /** How far the machine may run behind all entries; 0 if there are more. */
  readonly reached: number;
  /** Numbers of packets that left, all up to this one. */
  readonly out: number;
}

export interface Ack {
  readonly ok: boolean;
  readonly have: number;
  readonly at: number;
}

export interface Adoption {
  readonly session: string;
  readonly epoch: number;
  readonly snapshot: Uint8Array;
  readonly time: number;
  readonly unsent: readonly Output[];
}

export interface Wire {
  vacant(args: undefined): boolean | Promise<boolean>;
  adopt(args: Adoption): boolean | Promise<boolean>;
  log(args: Log): Ack | Promise<Ack>;
  count(args: { session: string; upTo: number }): boolean | Promise<boolean>;
}
