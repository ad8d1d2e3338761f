import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import type { StatusChanged } from '@lockstep/test-harness/services';

/** What the judges of this lab watch: what clients ask for and are told, and nothing from inside. */
export type KvSeen = Called | Returned | Unknown | Locked | StatusChanged | Misused;

/** A client calls an operation of its clerk. */
export interface Called {
  readonly kind: 'called';
  readonly text: string;
  readonly id: string;
  readonly client: string;
  readonly input: StoreInput;
}

/** The operation has ended. */
export interface Returned {
  readonly kind: 'returned';
  readonly text: string;
  readonly id: string;
  readonly output: StoreOutput;
}

/** The operation has ended with `OutcomeUnknown`. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly text: string;
  readonly id: string;
}

/** A client has a lock, or is about to give it back. */
export interface Locked {
  readonly kind: 'acquired' | 'releasing';
  readonly text: string;
  readonly lock: string;
  readonly holder: string;
}

/** The implementation handed over something that the contract rules out; `what` says it in a sentence. */
export interface Misused {
  readonly kind: 'misused';
  readonly what: string;
}
