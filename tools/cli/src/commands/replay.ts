import { failureContext } from '@lockstep/grader';
import type { Row } from '@lockstep/test-harness/runner';
import {
  makeFailure,
  NotAFailureFile,
  parseFailure,
  visibleText,
  type Failure,
} from '@lockstep/test-harness/trace';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { chooseTests, findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { loadImplementation, type ImplementationOptions } from '../load.ts';
import { contextOf, runAgain, type Context, type DebuggerStop } from '../replaying.ts';
import { showFailure } from '../view/failure-view.ts';
import type { Window } from '../view/listing.ts';
import { shrinkAndShow } from './shrink.ts';
import { faultOf } from './test.ts';

/** The options of `lockstep replay`. */
export interface ReplayOptions {
  readonly impl?: string;
  /** Default {@link LAST_ROWS}. */
  readonly last?: number;
  readonly shrink?: true;
  readonly inspectBrk?: true;
  readonly node?: string;
  /** In ms. */
  readonly from?: number;
  /** In ms. */
  readonly to?: number;
}

/** Rows of the timeline, unless told otherwise. */
const LAST_ROWS = 80;

/** Runs a recorded failure again. */
export async function replay(io: Io, file: string, options: ReplayOptions): Promise<number> {
  const window = windowOf(options);
  const failure = readFailure(file);
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, failure.lab);
  const loaded = await loadImplementation(labs, lab, whatToLoad(failure, file, options));
  chooseTests(loaded.lab, { pattern: failure.test.id });
  const now = await failureContext(engine, loaded);
  for (const line of whatChanged(failure, now)) io.err(io.errColors.yellow(visibleText(line)));
  if (options.inspectBrk === true) {
    io.err('Waiting for a debugger: attach an editor to the address below, or open chrome://inspect.');
  }
  if (options.shrink === true)
    return interruptible((signal) => shrinkAndShow(io, failure, loaded, file, signal));
  const debug = options.inspectBrk === true ? { debug: stopOf(options) } : {};
  const row = await interruptible((signal) => runAgain(failure, loaded, { signal, ...debug }));
  if (row === undefined) return EXIT.interrupted;
  return show(io, failure, now, row, file, options, window);
}

/** What is to be listed; `undefined`: the end. Refuses options that do not go together. */
function windowOf({ inspectBrk, shrink, node, last, from, to }: ReplayOptions): Window | undefined {
  if (inspectBrk === true) {
    if (to === undefined) return undefined;
    throw new UsageError('With --inspect-brk, --from says where the debugger stops, and there is no --to.');
  }
  if (node !== undefined)
    throw new UsageError('--node says where a debugger stops, so it needs --inspect-brk.');
  if (from === undefined && to === undefined) return undefined;
  if (shrink === true)
    throw new UsageError(
      '--from and --to list a part of this run, and --shrink looks for another one: take one of them.',
    );
  if (last !== undefined)
    throw new UsageError(
      '--last lists the end of the run, and --from and --to a part of it: take one of them.',
    );
  const window = { fromMs: from ?? 0, toMs: to ?? Infinity };
  if (window.fromMs > window.toMs) throw new UsageError('--from must not be later than --to.');
  return window;
}

function stopOf({ node, from }: ReplayOptions): DebuggerStop {
  return { ...(node === undefined ? {} : { node }), ...(from === undefined ? {} : { fromMs: from }) };
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

function show(
  io: Io,
  failure: Failure,
  now: Context,
  row: Row,
  file: string,
  options: ReplayOptions,
  window: Window | undefined,
): number {
  const again = makeFailure(row, contextOf(failure, now));
  const isSame = row.traceHash === failure.traceHash;
  if (again === undefined) {
    io.out(io.colors.green(`✓ ${failure.test.id}, seed ${visibleText(failure.seed)}: passes now.`));
  } else {
    const trace = row.trace === undefined ? {} : { trace: row.trace };
    const impl = options.impl === undefined ? {} : { impl: options.impl };
    const listed = window === undefined ? {} : { window };
    showFailure(io, again, { file, rows: options.last ?? LAST_ROWS, ...listed, ...trace, ...impl });
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
