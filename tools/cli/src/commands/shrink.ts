import { jobBase, type Loaded } from '@lockstep/grader';
import {
  shrink,
  type RunSize,
  type Shrunk,
  type ShrinkProgress,
  type ShrunkRun,
} from '@lockstep/test-harness/shrink';
import { runJob, type AskedRun, type Row } from '@lockstep/test-harness/runner';
import type { Failure } from '@lockstep/test-harness/trace';
import type { Io } from '../io.ts';
import { defaultJobs } from '../options.ts';

/** Runs that a shrinking may take. */
const MAX_RUNS = 1_500;

/** Makes the failure smaller; `undefined` when it does not fail in the same way any more, or was interrupted. */
export async function shrinkFailure(
  io: Io,
  failure: Failure,
  loaded: Loaded,
  signal: AbortSignal,
): Promise<Shrunk | undefined> {
  let saidRuns = 0;
  return shrink({
    start: { plan: failure.plan, overrides: failure.overrides },
    violation: failure.verdict,
    maxRuns: MAX_RUNS,
    batch: 4 * defaultJobs(),
    run: (candidates) => runCandidates(failure, loaded, candidates, signal),
    onProgress: (progress) => {
      if (progress.runs - saidRuns < 50) return;
      saidRuns = progress.runs;
      io.err(`shrinking: ${describeProgress(progress)}`);
    },
  });
}

/** The sizes before and after, for people. */
export function describeShrunk({ before, after, runs }: Shrunk): string {
  return `${describeSize(before)} before; ${describeSize(after)} now (${runs} runs).`;
}

function describeProgress({ runs, step, before, now }: ShrinkProgress): string {
  return `${runs} runs, ${describeSize(before)} → ${describeSize(now)}; ${step}`;
}

function describeSize({ events, faults, simulatedMs }: RunSize): string {
  return `${events} events, ${faults} faults, ${(simulatedMs / 1000).toFixed(2)} s`;
}

/** The rows of the candidates; none for one that our own machinery could not run. */
async function runCandidates(
  failure: Failure,
  loaded: Loaded,
  candidates: readonly ShrunkRun[],
  signal: AbortSignal,
): Promise<(Row | undefined)[]> {
  const jobs = Math.min(defaultJobs(), candidates.length);
  const share = Math.ceil(candidates.length / jobs);
  const parts = Array.from({ length: jobs }, (_, i) => candidates.slice(i * share, (i + 1) * share));
  const rows = await Promise.all(parts.map((part) => runPart(failure, loaded, part, signal)));
  return rows.flat();
}

async function runPart(
  failure: Failure,
  loaded: Loaded,
  candidates: readonly ShrunkRun[],
  signal: AbortSignal,
): Promise<(Row | undefined)[]> {
  const runs = candidates.map(({ plan, overrides }): AskedRun => {
    const whole = { test: failure.test.id, seed: failure.seed, overrides };
    return plan === null ? whole : { ...whole, plan };
  });
  const job = { ...jobBase(loaded), runs, recordChoices: true };
  const { rows } = await runJob(job, () => undefined, { signal });
  if (rows.length === runs.length) return [...rows];
  // A plan that the test can't follow is a fault of the suite in that run, and costs its row; one by one they all get
  // theirs.
  if (candidates.length === 1) return [undefined];
  const single = await Promise.all(
    candidates.map((candidate) => runPart(failure, loaded, [candidate], signal)),
  );
  return single.flat();
}
