import { changedByLooks, jobBase, type Loaded } from '@lockstep/grader';
import { runJob, type AskedRun, type Row } from '@lockstep/test-harness/runner';
import type { Failure, FailureContext } from '@lockstep/test-harness/trace';
import { faultOf } from './commands/test.ts';

/** The part of a failure file that says what has run, as it is now. */
export type Context = Omit<FailureContext, 'test'>;

/** Where a debugger stops. */
export interface DebuggerStop {
  readonly node?: string;
  readonly fromMs?: number;
}

/** How {@link runAgain} goes about it. */
export interface RunAgainOptions {
  readonly signal?: AbortSignal;
  /** Waits for a debugger first. */
  readonly debug?: DebuggerStop;
}

/** Makes the run that a failure file is about once more, with full recording; `undefined` when it was interrupted. */
export async function runAgain(
  failure: Failure,
  loaded: Loaded,
  options: RunAgainOptions = {},
): Promise<Row | undefined> {
  const row = await runOnce(failure, loaded, options, true);
  if (row === undefined || row.traceHash === failure.traceHash || options.debug !== undefined) return row;
  const unseen = await runOnce(failure, loaded, options, false);
  return unseen?.traceHash === failure.traceHash ? changedByLooks(unseen) : row;
}

async function runOnce(
  failure: Failure,
  loaded: Loaded,
  { signal, debug }: RunAgainOptions,
  inspect: boolean,
): Promise<Row | undefined> {
  const job = {
    ...jobBase(loaded),
    runs: [askedRun(failure)],
    record: true,
    inspect,
    ...(debug === undefined ? {} : { debug }),
  };
  const { rows, internalError } = await runJob(job, () => undefined, signal === undefined ? {} : { signal });
  if (signal?.aborted === true) return undefined;
  if (internalError !== undefined) throw faultOf(internalError);
  return rows[0];
}

/** The run that an artefact is about. */
function askedRun(failure: Failure): AskedRun {
  return {
    test: failure.test.id,
    seed: failure.seed,
    ...(Object.keys(failure.overrides).length === 0 ? {} : { overrides: failure.overrides }),
    ...(failure.plan === null ? {} : { plan: failure.plan }),
  };
}

/** What the file of a failure says beyond the run, with the code as it is now. */
export function contextOf(failure: Failure, now: Context): FailureContext {
  const { contract, nodeMajor, runIdentity, implementation, layers } = now;
  return { ...failure, contract, nodeMajor, runIdentity, implementation, layers };
}
