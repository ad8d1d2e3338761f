import type { GuestName } from '@lockstep/guest-machine';

/** What a test sets for this lab; see `Test.settings`. */
export interface Settings {
  /** The program that the virtual machines run. */
  readonly guest: GuestName;
  /**
   * Packets that a former primary had out when it was lost may leave again only within `IN_DOUBT_MS`. Absent where
   * nobody can know in time: storage out of reach, or pauses.
   */
  readonly isPrompt?: boolean;
}

/** A test's settings; throws for a test of ours that names no guest. */
export function readSettings(settings: Readonly<Record<string, unknown>>): Settings {
  if (typeof settings['guest'] !== 'string') throw new TypeError('the test names no guest');
  return settings as unknown as Settings;
}
