import { jobBase, runMany, type Loaded } from '@lockstep/grader';
import type { Row } from '@lockstep/test-harness/runner';
import { engine, ownCommand } from './harness.ts';
import type { Io } from './io.ts';

/** Runs that fail here, and pass on the references below. */
export interface ProbablyBelow {
  readonly tests: readonly string[];
  /** Layers that are not references, by id, with their folders as typed. */
  readonly layers: readonly (readonly [id: string, path: string])[];
}

/**
 * Makes failing runs again, on the references of all layers below. A test that passes there fails because of what lies
 * below, or because of what the two make of each other.
 */
export async function probablyBelow(
  loaded: Loaded,
  failing: readonly Pick<Row, 'test' | 'seed'>[],
  parallel: number,
  signal: AbortSignal,
): Promise<ProbablyBelow | undefined> {
  const layers = Object.entries(loaded.layers).flatMap(([id, { path }]) =>
    path === undefined ? [] : [[id, path] as const],
  );
  if (layers.length === 0 || failing.length === 0 || signal.aborted) return undefined;
  const references = Object.fromEntries(
    Object.entries(loaded.layers).map(([id, { bundle, reference }]) => [id, { bundle: reference ?? bundle }]),
  );
  const runs = failing.map(({ test, seed }) => ({ test, seed }));
  const { rows } = await runMany(engine, jobBase({ ...loaded, layers: references }), runs, {
    parallel,
    signal,
  });
  const tests = rows.filter(({ verdict }) => verdict.status === 'pass').map(({ test }) => test);
  return tests.length === 0
    ? undefined
    : { tests: runs.map(({ test }) => test).filter((id) => tests.includes(id)), layers };
}

const SHOWN = 5;

/** Says where to look, and how. */
export function showBelow(io: Io, { tests, layers }: ProbablyBelow): void {
  const more = tests.length > SHOWN ? `, and ${tests.length - SHOWN} more` : '';
  const names = layers.map(([id]) => id).join(' and ');
  io.out('');
  const passing = `${tests.slice(0, SHOWN).join(', ')}${more}`;
  io.out(`Probably below: on the reference of ${names}, with the same seeds, these pass: ${passing}.`);
  for (const [id, path] of layers)
    io.out(`  Test yours: ${io.colors.bold(`${ownCommand()} test ${id} --impl ${path}`)}`);
}
