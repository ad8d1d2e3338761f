import type { RunResult } from '../runner/run.ts';

/** The size of a run. */
export interface RunSize {
  readonly events: number;
  /** Faults that happened: losses, crashes, cuts, … */
  readonly faults: number;
  /** Virtual time in ms. */
  readonly simulatedMs: number;
}

/** The size of a run, for people. */
export function sizeOf({ counters, faults, simulatedMs }: RunResult): RunSize {
  return {
    events: counters.events,
    faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
    simulatedMs,
  };
}

/** A fault asks as much of a reader as so many events. A lost message is also one that is not delivered. */
const EVENTS_A_FAULT = 10;

/** What a reader has to get through. */
export function weightOf(result: RunResult): number {
  const { events, faults } = sizeOf(result);
  return events + EVENTS_A_FAULT * faults;
}
