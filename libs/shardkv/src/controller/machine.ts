import type { ShardConfiguration } from '@lockstep/api';
import type { StateMachine } from '@lockstep/rsm';
import { Sessions } from '../sessions.ts';
import type { StoredSessions } from '../sessions.ts';
import { changed, NO_CONFIGURATION } from './configurations.ts';
import type { ChangeInSession, Changed } from './messages.ts';

/** A machine's state as plain data. */
interface Saved {
  readonly configurations: readonly ShardConfiguration[];
  readonly sessions: StoredSessions<number>;
}

/**
 * All configurations that there have been. They are values: a new one is made, and none is ever changed. What one
 * server has of them is the beginning of what any other has, so that whoever asks for a number that is there gets the
 * same from all.
 */
export class ControllerMachine implements StateMachine<ChangeInSession, Changed> {
  #configurations: ShardConfiguration[] = [NO_CONFIGURATION];
  readonly #sessions = new Sessions<number>();

  apply({ administrator, sequence, settledBelow, change }: ChangeInSession): Changed {
    this.#sessions.touch(administrator, settledBelow);
    const known = this.look(administrator, sequence);
    if (known !== undefined) return known;
    const next = changed(this.latest, change);
    this.#configurations.push(next);
    this.#sessions.record(administrator, sequence, next.number);
    return { kind: 'changed', number: next.number };
  }

  /** What came of a change, if it is known already; `undefined`: it has yet to happen. */
  look(administrator: string, sequence: number): Changed | undefined {
    const known = this.#sessions.look(administrator, sequence);
    if (known.kind === 'new') return undefined;
    return known.kind === 'settled' ? known : { kind: 'changed', number: known.result };
  }

  get latest(): ShardConfiguration {
    return this.#configurations.at(-1) ?? NO_CONFIGURATION;
  }

  /** The configuration of this number, if there is one yet. */
  at(number: number): ShardConfiguration | undefined {
    return this.#configurations[number];
  }

  /** The configurations after number `after`, `max` of them at most. */
  following(after: number, max: number): readonly ShardConfiguration[] {
    return this.#configurations.slice(after + 1, after + 1 + max);
  }

  snapshot(): Saved {
    return { configurations: this.#configurations, sessions: this.#sessions.save() };
  }

  restore(data: unknown): void {
    const { configurations, sessions } = data as Saved;
    this.#configurations = [...configurations];
    this.#sessions.restore(sessions);
  }
}
