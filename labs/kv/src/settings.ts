import type { KvOptions } from '@lockstep/api';

/** What a test sets for its servers and clients; see `Test.settings`. */
export interface KvSettings
  extends Pick<KvOptions, 'maxLogBytes' | 'maxClerks' | 'reads' | 'clockDriftBound'> {
  /** Machines for clients, `c1`, `c2`, … Default 1. */
  readonly clients?: number;
  /** A single server, without Raft below it. */
  readonly isAlone?: boolean;
}
