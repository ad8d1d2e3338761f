import { ChildKeeper, runJob, type AskedRun, type Row } from '@lockstep/test-harness/runner';
import { shrink, type Candidate, type Shrunk, type ShrinkProgress } from '@lockstep/test-harness/shrink';
import type { Failure } from '@lockstep/test-harness/trace';
import { jobBase, type Loaded } from './implementation.ts';

/** Runs that a shrinking may take. */
const MAX_RUNS = 4_000;

/** A run that is larger than wanted ends by itself; real time is for code that does not give back control. */
const SLICE_MS = 5_000;

/** What determines a failing run, and how it fails. */
export interface FailingRun {
  readonly test: string;
  readonly seed: string;
  readonly plan: unknown;
  readonly overrides: Failure['overrides'];
  readonly verdict: Pick<Failure['verdict'], 'kind' | 'property'>;
}

/** How {@link shrinkFailure} goes about it. */
export interface ShrinkFailureOptions {
  /** Children at the same time. The outcome does not depend on it. */
  readonly jobs: number;
  /** Ends it early, with the smallest run so far. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ShrinkProgress) => void;
}

/**
 * Makes a failure smaller, in children that live as long as it takes. `undefined` when it does not fail in the same way
 * any more, or was ended before that could be seen.
 */
export async function shrinkFailure(
  loaded: Loaded,
  { test, seed, plan, overrides, verdict }: FailingRun,
  { jobs, signal, onProgress }: ShrinkFailureOptions,
): Promise<Shrunk | undefined> {
  const keepers = Array.from({ length: jobs }, () => new ChildKeeper());
  try {
    return await shrink({
      start: { seed, plan, overrides },
      violation: verdict,
      maxRuns: MAX_RUNS,
      isStopped: () => signal?.aborted === true,
      run: (candidates) => runCandidates(test, loaded, candidates, keepers, signal),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    await Promise.all(keepers.map((keeper) => keeper.close()));
  }
}

/** The rows of the candidates; none for one that our own machinery could not run. */
async function runCandidates(
  test: string,
  loaded: Loaded,
  candidates: readonly Candidate[],
  keepers: readonly ChildKeeper[],
  signal: AbortSignal | undefined,
): Promise<(Row | undefined)[]> {
  const share = Math.ceil(candidates.length / keepers.length);
  const rows = await Promise.all(
    keepers.map(async (keeper, i) => {
      const part = candidates.slice(i * share, (i + 1) * share);
      return part.length === 0 ? [] : await runPart(test, loaded, part, keeper, signal);
    }),
  );
  return rows.flat();
}

async function runPart(
  test: string,
  loaded: Loaded,
  candidates: readonly Candidate[],
  keeper: ChildKeeper,
  signal: AbortSignal | undefined,
): Promise<(Row | undefined)[]> {
  const runs = candidates.map(({ seed, plan, overrides, maxEvents }): AskedRun => {
    const bound = Number.isFinite(maxEvents) ? { maxEvents } : {};
    const whole = { test, seed, overrides, ...bound };
    return plan === null ? whole : { ...whole, plan };
  });
  const job = { ...jobBase(loaded), runs, recordChoices: true, limits: { sliceMs: SLICE_MS } };
  const { rows } = await runJob(job, () => undefined, {
    keeper,
    ...(signal === undefined ? {} : { signal }),
  });
  // Whose rows are missing after an interrupt is not told.
  if (signal?.aborted === true) return candidates.map(() => undefined);
  if (rows.length === runs.length) return [...rows];
  // A plan that the test can't follow is a fault of the suite in that run, and costs its row; one by one they all get
  // theirs.
  if (candidates.length === 1) return [undefined];
  const single: (Row | undefined)[] = [];
  for (const candidate of candidates)
    single.push(...(await runPart(test, loaded, [candidate], keeper, signal)));
  return single;
}
