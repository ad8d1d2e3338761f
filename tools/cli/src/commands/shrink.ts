import type { ReadingSize, RunSize, ShrinkProgress } from '@lockstep/test-harness/shrink';
import type { Io } from '../io.ts';

/** Runs between two lines of progress. */
const SAY_EVERY = 200;

/** Tells now and then how far the shrinking has come. */
export function progressTeller(io: Pick<Io, 'err'>): (progress: ShrinkProgress) => void {
  let saidRuns = 0;
  return (progress) => {
    if (progress.runs - saidRuns < SAY_EVERY) return;
    saidRuns = progress.runs;
    io.err(`shrinking: ${describeProgress(progress)}`);
  };
}

/** The sizes before and after, for people. */
export function describeShrunk(before: ReadingSize, after: ReadingSize, runs: number): string {
  return `${describeReading(before)} before; ${describeReading(after)} now (${runs} runs).`;
}

function describeReading(size: ReadingSize): string {
  return `${size.rows} rows of ${describeSize(size)}, ${size.nodes} nodes`;
}

function describeProgress({ runs, step, before, now }: ShrinkProgress): string {
  return `${runs} runs, ${describeSize(before)} → ${describeSize(now)}; ${step}`;
}

function describeSize({ events, faults, simulatedMs }: RunSize): string {
  return `${events} events, ${faults} faults, ${(simulatedMs / 1000).toFixed(2)} s`;
}
