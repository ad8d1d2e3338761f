import type { RunResult } from '../runner/run.ts';
import { timelineRows } from '../trace/timeline-rows.ts';

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

/** What there is of a recorded run to be read. */
export interface ReadingSize extends RunSize {
  /** Rows of its timeline, with nothing left out but what repeats itself and what changes nothing. */
  readonly rows: number;
  /** Nodes that booted. */
  readonly nodes: number;
}

/** The size of a run that was recorded, for its readers. */
export function readingSizeOf(result: RunResult): ReadingSize {
  const { trace = [] } = result;
  const booted = trace.filter(({ kind }) => kind === 'boot').map(({ node }) => node);
  const rows = timelineRows(trace, trace.length).length;
  return { ...sizeOf(result), rows, nodes: new Set(booted).size };
}

/** A fault asks as much of a reader as so many events. A lost message is also one that is not delivered. */
const EVENTS_A_FAULT = 10;

/** What a reader has to get through. */
export function weightOf(result: RunResult): number {
  const { events, faults } = sizeOf(result);
  return events + EVENTS_A_FAULT * faults;
}
