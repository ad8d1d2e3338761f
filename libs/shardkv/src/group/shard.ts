import { Sessions } from '../sessions.ts';
import type { StoredSessions } from '../sessions.ts';
import { Store } from './store.ts';
import type { StoredEntries, WriteResult } from './store.ts';

/** A shard as plain data: all that moves when it does. */
export interface StoredShard {
  readonly entries: StoredEntries;
  /** Without them, a write that a clerk repeats after the move would happen twice. */
  readonly sessions: StoredSessions<WriteResult>;
}

/** One shard: what it holds, and what it takes to do nothing twice. It is the same whichever group has it. */
export class Shard {
  readonly store = new Store();
  readonly sessions = new Sessions<WriteResult>();

  save(): StoredShard {
    return { entries: this.store.save(), sessions: this.sessions.save() };
  }

  static restored({ entries, sessions }: StoredShard): Shard {
    const shard = new Shard();
    shard.store.restore(entries);
    shard.sessions.restore(sessions);
    return shard;
  }
}
