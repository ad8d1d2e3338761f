import { failureContext, shrinkFailure, toJson, writeWhole, type Loaded } from '@lockstep/grader';
import {
  readingSizeOf,
  type ReadingSize,
  type RunSize,
  type ShrinkProgress,
  type Shrunk,
} from '@lockstep/test-harness/shrink';
import { makeFailure, visibleText, type Failure } from '@lockstep/test-harness/trace';
import { resolve } from 'node:path';
import { EXIT } from '../exit.ts';
import { engine } from '../harness.ts';
import type { Io } from '../io.ts';
import { defaultJobs } from '../options.ts';
import { contextOf, runAgain } from '../replaying.ts';
import { showFailure } from '../view/failure-view.ts';
import { faultOf } from './test.ts';

/** A line of progress comes after so many runs, or ms, whichever is first. */
const SAY_EVERY = { runs: 200, ms: 10_000 };

/** Rows of the shrunk run's timeline. */
const ROWS = 60;

/** Writes the smaller failure beside the whole one, and shows it. An interrupt makes do with what has been found. */
export async function shrinkAndShow(
  io: Io,
  failure: Failure,
  loaded: Loaded,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  io.err('shrinking: this may take minutes; Ctrl-C ends it, and keeps the smallest run so far.');
  const shrunk = await shrinkFailure(
    loaded,
    { ...failure, test: failure.test.id },
    { jobs: defaultJobs(), signal, onProgress: progressTeller(io) },
  );
  const isInterrupted = signal.aborted;
  if (isInterrupted && (shrunk === undefined || !isSmaller(shrunk))) {
    io.err('lockstep: interrupted; nothing smaller has been found yet, so nothing was written.');
    return EXIT.interrupted;
  }
  if (shrunk === undefined) {
    const what = visibleText(failure.verdict.property);
    io.out(`The run does not break "${what}" any more, so there is nothing to shrink.`);
    return EXIT.ok;
  }
  const target = file.replace(/(\.shrunk)?(\.json)?$/, '.shrunk.json');
  await writeAndShow(io, failure, loaded, shrunk, target, isInterrupted);
  if (!isInterrupted) return EXIT.failed;
  io.err(
    `lockstep: interrupted; ${target} has the smallest run so far, and shrinking that goes on from there.`,
  );
  return EXIT.interrupted;
}

/** Two more runs, which an interrupt does not end: the second Ctrl-C ends the process anyway. */
async function writeAndShow(
  io: Io,
  failure: Failure,
  loaded: Loaded,
  shrunk: Shrunk,
  target: string,
  isInterrupted: boolean,
): Promise<void> {
  const { seed, plan, overrides } = shrunk.run;
  const smaller = { ...failure, seed, plan: plan ?? null, overrides: { ...overrides } };
  const whole = await runAgain(failure, loaded);
  const row = await runAgain(smaller, loaded);
  const context = contextOf(smaller, await failureContext(engine, loaded));
  const again = row === undefined ? undefined : makeFailure(row, context);
  if (whole === undefined || row === undefined || again === undefined)
    throw faultOf('the shrunk run passes when it is repeated');
  writeWhole(resolve(target), toJson(again));
  showFailure(io, again, {
    file: target,
    rows: ROWS,
    isSmallest: !isInterrupted,
    ...(row.trace === undefined ? {} : { trace: row.trace }),
  });
  io.out(`  Shrunk: ${describeShrunk(readingSizeOf(whole), readingSizeOf(row), shrunk.runs)}`);
}

/** What is found is never larger, and may be as large. */
function isSmaller({ before, after }: Shrunk): boolean {
  return (
    after.events < before.events || after.faults < before.faults || after.simulatedMs < before.simulatedMs
  );
}

/** Tells now and then how far the shrinking has come. */
function progressTeller(io: Pick<Io, 'err'>): (progress: ShrinkProgress) => void {
  let said = { runs: 0, atMs: performance.now() };
  return (progress) => {
    const now = { runs: progress.runs, atMs: performance.now() };
    if (now.runs - said.runs < SAY_EVERY.runs && now.atMs - said.atMs < SAY_EVERY.ms) return;
    said = now;
    io.err(`shrinking: ${describeProgress(progress)} (Ctrl-C keeps the smallest so far)`);
  };
}

/** The sizes before and after, for people. */
function describeShrunk(before: ReadingSize, after: ReadingSize, runs: number): string {
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
