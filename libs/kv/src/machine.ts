import type { KvEntry } from '@lockstep/api';
import type { StateMachine } from '@lockstep/rsm';
import type { Command, Outcome, WriteInSession } from './messages.ts';
import { Sessions } from './sessions.ts';
import type { Known, StoredSessions } from './sessions.ts';
import { Store } from './store.ts';
import type { StoredEntries } from './store.ts';

/** A machine's state as plain data. */
interface Saved {
  readonly entries: StoredEntries;
  /** Without them, a write that a clerk repeats after the snapshot was restored would happen twice. */
  readonly sessions: StoredSessions;
}

/** The store as a state machine: each write of each session happens once, however often its command comes. */
export class KvMachine implements StateMachine<Command, Outcome> {
  readonly #store = new Store();
  readonly #sessions: Sessions;

  constructor(maxSessions: number) {
    this.#sessions = new Sessions(maxSessions);
  }

  apply(command: Command): Outcome {
    if (command.kind === 'open') return { kind: 'session', session: this.#sessions.open(command.nonce) };
    return this.#write(command);
  }

  #write({ session, sequence, settledBelow, write }: WriteInSession): Outcome {
    this.#sessions.touch(session, settledBelow);
    const known = this.#sessions.look(session, sequence);
    if (known.kind !== 'new') return known;
    const version = this.#store.write(write);
    this.#sessions.record(session, sequence, version);
    return { kind: 'written', version };
  }

  get(key: string): KvEntry {
    return this.#store.get(key);
  }

  /** What came of a write, if it is known already. */
  look({ session, sequence }: WriteInSession): Known {
    return this.#sessions.look(session, sequence);
  }

  snapshot(): Saved {
    return { entries: this.#store.save(), sessions: this.#sessions.save() };
  }

  restore(data: unknown): void {
    const { entries, sessions } = data as Saved;
    this.#store.restore(entries);
    this.#sessions.restore(sessions);
  }
}
