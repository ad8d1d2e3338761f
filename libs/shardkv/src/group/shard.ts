import type { TransactionOutcome } from '@lockstep/api';
import { Sessions } from '../sessions.ts';
import type { StoredSessions } from '../sessions.ts';
import { Coordinator } from '../transactions/coordinator.ts';
import type { StoredCoordinator } from '../transactions/coordinator.ts';
import { Participant } from '../transactions/participant.ts';
import type { StoredParticipant } from '../transactions/participant.ts';
import { Store } from './store.ts';
import type { StoredEntries, WriteResult } from './store.ts';

/** What a shard remembers of a clerk's operation: of a write, or of a transaction that the shard coordinated. */
export type Result = WriteResult | TransactionOutcome;

/** A shard as plain data: all that moves when it does. */
export interface StoredShard {
  readonly entries: StoredEntries;
  /** Without them, a write that a clerk repeats after the move would happen twice. */
  readonly sessions: StoredSessions<Result>;
  readonly participant: StoredParticipant;
  readonly coordinator: StoredCoordinator;
}

/**
 * One shard: what it holds, what it takes to do nothing twice, and its side of transactions. It is the same whichever
 * group has it.
 */
export class Shard {
  readonly store = new Store();
  readonly sessions = new Sessions<Result>();
  readonly participant = new Participant(this.store);
  readonly coordinator = new Coordinator();

  save(): StoredShard {
    return {
      entries: this.store.save(),
      sessions: this.sessions.save(),
      participant: this.participant.save(),
      coordinator: this.coordinator.save(),
    };
  }

  static restored({ entries, sessions, participant, coordinator }: StoredShard): Shard {
    const shard = new Shard();
    shard.store.restore(entries);
    shard.sessions.restore(sessions);
    shard.participant.restore(participant);
    shard.coordinator.restore(coordinator);
    return shard;
  }
}
