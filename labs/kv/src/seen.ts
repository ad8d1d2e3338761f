import type { StoreInput, StoreOutput } from '@lockstep/linearizability';
import type { Called, Returned, StatusChanged } from '@lockstep/test-harness/services';

/** What the judges of this lab watch: what clients ask for and are told, and nothing from inside. */
export type KvSeen = Called<StoreInput> | Returned<StoreOutput> | Unknown | Locked | StatusChanged | Misused;

/** An operation has ended with `OutcomeUnknown`: for the judges it goes on, and may take effect later. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly text: string;
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
