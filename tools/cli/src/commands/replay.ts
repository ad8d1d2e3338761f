import { failureContext, jobBase, shrinkFailure, toJson, writeWhole, type Loaded } from '@lockstep/grader';
import { runJob, type AskedRun, type Row } from '@lockstep/test-harness/runner';
import { readingSizeOf } from '@lockstep/test-harness/shrink';
import {
  makeFailure,
  NotAFailureFile,
  parseFailure,
  type Failure,
  type FailureContext,
} from '@lockstep/test-harness/trace';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { chooseTests, findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { loadImplementation, type ImplementationOptions } from '../load.ts';
import { defaultJobs } from '../options.ts';
import { showFailure } from '../view/failure-view.ts';
import { describeShrunk, progressTeller } from './shrink.ts';
import { faultOf } from './test.ts';

/** The options of `lockstep replay`. */
export interface ReplayOptions {
  readonly impl?: string;
  readonly last: number;
  readonly shrink?: true;
  readonly inspectBrk?: true;
  readonly node?: string;
  /** In ms. */
  readonly from?: number;
}

/** Runs a recorded failure again. */
export async function replay(io: Io, file: string, options: ReplayOptions): Promise<number> {
  if (options.inspectBrk !== true && (options.node !== undefined || options.from !== undefined)) {
    throw new UsageError('--node and --from say where a debugger stops, so they need --inspect-brk.');
  }
  const failure = readFailure(file);
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, failure.lab);
  const loaded = await loadImplementation(labs, lab, whatToLoad(failure, file, options));
  chooseTests(loaded.lab, { pattern: failure.test.id });
  const now = await failureContext(engine, loaded);
  for (const line of whatChanged(failure, now)) io.err(io.errColors.yellow(line));
  if (options.inspectBrk === true) {
    io.err('Waiting for a debugger: attach an editor to the address below, or open chrome://inspect.');
  }
  if (options.shrink === true)
    return interruptible((signal) => shrinkAndShow(io, failure, loaded, file, signal));
  const row = await interruptible((signal) => runAgain(failure, loaded, options, signal));
  if (row === undefined) return EXIT.interrupted;
  return show(io, failure, now, row, file, options);
}

/** Writes the smaller failure beside the whole one, and shows it. */
async function shrinkAndShow(
  io: Io,
  failure: Failure,
  loaded: Loaded,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  const shrunk = await shrinkFailure(
    loaded,
    { ...failure, test: failure.test.id },
    {
      jobs: defaultJobs(),
      signal,
      onProgress: progressTeller(io),
    },
  );
  if (signal.aborted) return EXIT.interrupted;
  if (shrunk === undefined) {
    io.out(`The run does not break "${failure.verdict.property}" any more, so there is nothing to shrink.`);
    return EXIT.ok;
  }
  const { seed, plan, overrides } = shrunk.run;
  const smaller = { ...failure, seed, plan: plan ?? null, overrides: { ...overrides } };
  const whole = await runAgain(failure, loaded, { last: 60 }, signal);
  const row = await runAgain(smaller, loaded, { last: 60 }, signal);
  if (whole === undefined || row === undefined) return EXIT.interrupted;
  const again = makeFailure(row, contextOf(smaller, await failureContext(engine, loaded)));
  if (again === undefined) throw faultOf('the shrunk run passes when it is repeated');
  const target = file.replace(/(\.json)?$/, '.shrunk.json');
  writeWhole(resolve(target), toJson(again));
  showFailure(io, again, {
    file: target,
    rows: 60,
    ...(row.trace === undefined ? {} : { trace: row.trace }),
  });
  io.out(`  Shrunk: ${describeShrunk(readingSizeOf(whole), readingSizeOf(row), shrunk.runs)}`);
  return EXIT.failed;
}

function readFailure(file: string): Failure {
  let text: string;
  try {
    text = readFileSync(resolve(file), 'utf8');
  } catch {
    throw new UsageError(`There is no file ${file} that could be read.`);
  }
  try {
    return parseFailure(text);
  } catch (error) {
    if (error instanceof NotAFailureFile) throw new UsageError(`${file} ${error.message}.`);
    throw error;
  }
}

/** The implementation that failed, unless another one is named. */
function whatToLoad(
  failure: Failure,
  file: string,
  { impl, inspectBrk }: ReplayOptions,
): ImplementationOptions {
  const { source, layers, suites } = failure;
  const own = impl ?? (source.kind === 'folder' ? findPath(source.path ?? '.', file) : undefined);
  const below = Object.entries(layers).flatMap(([id, { path }]) =>
    path === undefined ? [] : [`${id}=${findPath(path, file)}`],
  );
  return {
    ...(own === undefined ? {} : { impl: own }),
    ...(own !== undefined || source.patch === undefined ? {} : { patch: findPath(source.patch, file) }),
    with: below,
    suite: suites.map((path) => findPath(path, file)),
    debug: inspectBrk === true,
  };
}

/** A path from a failure file: as seen from the current folder, or from any folder above the file. */
function findPath(path: string, file: string): string {
  if (existsSync(resolve(path))) return path;
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    if (existsSync(resolve(folder, path))) return resolve(folder, path);
    if (dirname(folder) === folder) break;
  }
  throw new UsageError(`The failure came from ${path}, which is not here; name the code with --impl FOLDER.`);
}

/** The part of a failure file that says what has run, as it is now. */
type Context = Omit<FailureContext, 'test'>;

/** What is not as it was when the failure was recorded, a sentence each; without any, a run must be the same. */
function whatChanged(failure: Failure, now: Context): string[] {
  const changed: string[] = [];
  if (now.implementation.hash !== failure.implementation.hash) {
    changed.push(
      'The code has changed since the failure was recorded; this is another run with the same seed.',
    );
  }
  for (const [id, layer] of Object.entries(failure.layers)) {
    if (now.layers[id]?.hash !== layer.hash) changed.push(`The ${id} below has changed since then.`);
  }
  if (failure.nodeMajor !== now.nodeMajor) {
    changed.push(
      `It was recorded on Node ${failure.nodeMajor}, and this is Node ${now.nodeMajor}: runs may differ.`,
    );
  } else if (failure.runIdentity !== now.runIdentity) {
    changed.push('The harness or the suite is not the one that recorded the failure: runs may differ.');
  }
  if (failure.contract !== now.contract) {
    changed.push(`It was recorded against ${failure.contract}, and the lab now has ${now.contract}.`);
  }
  return changed;
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

async function runAgain(
  failure: Failure,
  loaded: Loaded,
  options: ReplayOptions,
  signal: AbortSignal,
): Promise<Row | undefined> {
  const debug = {
    ...(options.node === undefined ? {} : { node: options.node }),
    ...(options.from === undefined ? {} : { fromMs: options.from }),
  };
  const job = {
    ...jobBase(loaded),
    runs: [askedRun(failure)],
    record: true,
    inspect: true,
    ...(options.inspectBrk === true ? { debug } : {}),
  };
  const { rows, internalError } = await runJob(job, () => undefined, { signal });
  if (signal.aborted) return undefined;
  if (internalError !== undefined) throw faultOf(internalError);
  return rows[0];
}

function show(
  io: Io,
  failure: Failure,
  now: Context,
  row: Row,
  file: string,
  options: ReplayOptions,
): number {
  const again = makeFailure(row, contextOf(failure, now));
  const isSame = row.traceHash === failure.traceHash;
  if (again === undefined) {
    io.out(io.colors.green(`✓ ${failure.test.id}, seed ${failure.seed}: passes now.`));
  } else {
    const trace = row.trace === undefined ? {} : { trace: row.trace };
    const impl = options.impl === undefined ? {} : { impl: options.impl };
    showFailure(io, again, { file, rows: options.last, ...trace, ...impl });
  }
  if (failure.traceHash === '')
    io.out(
      io.colors.dim('  Not compared with what was recorded: a run that takes its process down has no hash.'),
    );
  else if (isSame) io.out(io.colors.dim(`  Trace hash: ${row.traceHash}, the same as when it was recorded.`));
  else if (whatChanged(failure, now).length === 0) {
    const { traceHash } = failure;
    throw faultOf(
      `${failure.test.id} with seed ${failure.seed} gave ${row.traceHash}, and ${traceHash} when recorded`,
    );
  }
  return again === undefined ? EXIT.ok : EXIT.failed;
}

function contextOf(failure: Failure, now: Context): FailureContext {
  const { contract, nodeMajor, runIdentity, implementation, layers } = now;
  return { ...failure, contract, nodeMajor, runIdentity, implementation, layers };
}
