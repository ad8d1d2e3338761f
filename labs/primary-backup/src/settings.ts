import type { NodeId } from '@lockstep/api';
import { isGuestName } from '@lockstep/guest-machine';
import type { GuestName } from '@lockstep/guest-machine';
import { MAX_LAG_INSTRUCTIONS } from './numbers.ts';

/** What a test sets for this lab; see `Test.settings`. */
export interface Settings {
  /** The program that the virtual machines run. */
  readonly guest: GuestName;
  /** See `ReplicaOptions.maxLagInstructions`. */
  readonly maxLag: number;
  /** How far the wall clocks of servers are from the true time, in ms; 0 for those that it does not name. */
  readonly clocksOffMs: Readonly<Record<NodeId, number>>;
}

/** A test's settings; throws for a test of ours that names no guest, or sets what there is not. */
export function readSettings(settings: Readonly<Record<string, unknown>>): Settings {
  const { guest, maxLag = MAX_LAG_INSTRUCTIONS, clocksOffMs = {}, ...others } = settings;
  if (typeof guest !== 'string' || !isGuestName(guest)) throw new TypeError('the test names no guest');
  if (typeof maxLag !== 'number') throw new TypeError('maxLag is a number of instructions');
  if (!isRecordOfNumbers(clocksOffMs)) throw new TypeError('clocksOffMs has a number for each server');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`there is no setting ${unknown}`);
  return { guest, maxLag, clocksOffMs };
}

function isRecordOfNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => typeof item === 'number')
  );
}
