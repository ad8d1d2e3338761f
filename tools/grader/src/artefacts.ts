import { canBeRetraced } from '@lockstep/test-harness/runner';
import type { Job, Row, TestInfo } from '@lockstep/test-harness/runner';
import {
  makeFailure,
  type Failure,
  type FailureContext,
  type TraceEvent,
} from '@lockstep/test-harness/trace';
import type { Engine } from './engine.ts';
import { keyOf } from './run-many.ts';
import { failureContext, jobBase, type Loaded } from './implementation.ts';

/** Tests that are recorded by one child: a recording is large, and a child is quickly started. */
const BATCH = 4;

/** Wall time for the recording of runs that take their children down, in ms: each takes a process, and may wait. */
const RETRACE_MS = 15_000;

/** What came of recording failing runs again. */
export interface Recordings {
  readonly failures: readonly Failure[];
  /** A run that was not the same when it was repeated, in a sentence. That is a defect of ours. */
  readonly defect?: string;
}

/** How {@link recordFailures} goes about it. */
export interface RecordOptions {
  readonly signal?: AbortSignal | undefined;
  /** The failure of this very run, if it has been recorded before. */
  readonly known?: (row: Row) => Failure | undefined;
}

/**
 * Makes the failure files of failing runs by running each once more with full recording. Of a run that hung, or came to
 * the end of its stack, that gives what happened before; one that took its child down otherwise is not repeated, and
 * has no trace.
 */
export async function recordFailures(
  engine: Engine,
  loaded: Loaded,
  tests: readonly TestInfo[],
  failing: readonly Row[],
  { signal, known = () => undefined }: RecordOptions = {},
): Promise<Recordings> {
  const failures: Failure[] = [];
  if (failing.length === 0) return { failures };
  const context = await failureContext(engine, loaded);
  const about = (row: Row): FailureContext => {
    const test = tests.find(({ id }) => id === row.test);
    const { id, title, about: text } = test ?? { id: row.test, title: row.test, about: '' };
    return { ...context, test: { id, title, about: text } };
  };
  const add = (row: Row, first: Row): void => {
    const failure = makeFailure(row, about(first));
    if (failure !== undefined) failures.push(failure);
  };
  const repeatable: Row[] = [];
  const lost: Row[] = [];
  for (const row of failing) {
    const before = row.traceHash === '' ? undefined : known(row);
    if (before !== undefined) failures.push({ ...before, ...about(row) });
    else if (canBeRetraced(row)) lost.push(row);
    else if (row.traceHash === '') add(row, row);
    else repeatable.push(row);
  }
  const retraced = await retrace(engine, loaded, lost, signal);
  for (const row of lost) {
    const trace = retraced.find((one) => keyOf(one) === keyOf(row) && canBeRetraced(one))?.trace;
    add(trace === undefined ? row : { ...row, trace }, row);
  }
  for (let i = 0; i < repeatable.length; i += BATCH) {
    const batch = repeatable.slice(i, i + BATCH);
    const recorded = await record(engine, loaded, batch, signal);
    for (const row of batch) {
      const again = recorded.find(({ test, seed }) => test === row.test && seed === row.seed);
      if (again === undefined || again.traceHash === row.traceHash || again.traceHash === '') {
        add(again ?? row, row);
        continue;
      }
      const [unseen] = await record(engine, loaded, [row], signal, { inspect: false });
      if (unseen?.traceHash !== row.traceHash)
        return { failures, defect: await describeDifference(engine, loaded, row, again, signal) };
      add(changedByLooks(unseen), row);
    }
  }
  return { failures };
}

/** Has these take their children down again, with full recording, as far as there is time. */
function retrace(
  engine: Engine,
  loaded: Loaded,
  runs: readonly Row[],
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  if (runs.length === 0) return Promise.resolve([]);
  return record(engine, loaded, runs, signal, { areLost: true, limits: { lostMs: RETRACE_MS } });
}

/** Runs these again with full recording. */
async function record(
  engine: Engine,
  loaded: Loaded,
  runs: readonly { readonly test: string; readonly seed: string }[],
  signal: AbortSignal | undefined,
  settings: Pick<Job, 'areLost' | 'inspect' | 'limits'> = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  const requests = runs.map(({ test, seed }) => ({ test, seed }));
  const options = signal === undefined ? {} : { signal };
  // A look inside costs time and decides nothing, so it is saved for the runs that somebody will read.
  const job = { ...jobBase(loaded), inspect: true, ...settings, runs: requests, record: true };
  await engine.runJob(job, (row) => rows.push(row), options);
  return rows;
}

/**
 * A run that is another one when somebody looks inside, by the doing of `inspect()`. It counts as it was, and nothing
 * is known of its inside.
 */
export function changedByLooks(row: Row): Row {
  if (row.verdict.status === 'pass') return row;
  const message = 'inspect() changes the run, though it may only look; so nobody has looked inside';
  const explanation = { kind: 'crash', property: 'contract', message, atMs: 0 } as const;
  return { ...row, verdict: { ...row.verdict, explanation } };
}

/** Records a run whose repetition differed once more, and names the first event that is not the same. */
async function describeDifference(
  engine: Engine,
  loaded: Loaded,
  row: Row,
  again: Row,
  signal: AbortSignal | undefined,
): Promise<string> {
  const [third] = await record(engine, loaded, [row], signal);
  const start = `${row.test} with seed ${row.seed} gave two different runs of the same code`;
  const hashes = `trace hashes ${row.traceHash} and ${again.traceHash}`;
  const event = firstDifference(again.trace ?? [], third?.trace ?? []);
  if (event === undefined)
    return `${start} (${hashes}; two recordings agree, so recording itself changes the run).`;
  const where = `${event.node ?? 'the world'}, ${(event.atUs / 1000).toFixed(3)} ms`;
  return `${start} (${hashes}). They part at event ${event.sequence}, ${where}: ${event.text}`;
}

/** The first event of `a` that `b` does not have at the same place. */
export function firstDifference(a: readonly TraceEvent[], b: readonly TraceEvent[]): TraceEvent | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [a[i], b[i]];
    const isSameEvent =
      one?.sequence === other?.sequence &&
      one?.atUs === other?.atUs &&
      one?.kind === other?.kind &&
      one?.node === other?.node &&
      one?.text === other?.text;
    if (!isSameEvent) return one ?? other;
  }
  return undefined;
}
