import { jobBase, shrinkFailure, type Loaded } from '@lockstep/grader';
import { buildReference, discoverLabs, runJob } from '@lockstep/test-harness/runner';
import type { AskedRun } from '@lockstep/test-harness/runner';
import { readingSizeOf, type ReadingSize } from '@lockstep/test-harness/shrink';
import { join } from 'node:path';

/** Seeds in which a bug's first failing run is looked for. */
const SEEDS = 5;
/** A reader's screen. */
const SCREEN = 60;

interface Bug {
  readonly lab: string;
  readonly id: string;
}

/** Shrinks the first failure of each bug, and prints the sizes before and after. Status 1: too large to be read. */
async function main(bugs: readonly Bug[]): Promise<number> {
  const after: number[] = [];
  print(
    'bug, test, property'.padEnd(66) +
      'events        rows       faults     nodes  virtual s        runs  wall s',
  );
  for (const bug of bugs) {
    const rows = await shrinkOne(bug);
    if (rows === undefined) print(`${bug.id}: no failure with ${SEEDS} seeds`);
    else after.push(rows);
  }
  const median = after.sort((a, b) => a - b)[Math.floor(after.length / 2)] ?? Infinity;
  print(`The median shrunk run has ${median} rows on the screen (bound ${SCREEN}).`);
  return median <= SCREEN && after.length === bugs.length ? 0 : 1;
}

async function shrinkOne({ lab: labId, id }: Bug): Promise<number | undefined> {
  const lab = (await discoverLabs()).find((one) => one.id === labId);
  if (lab === undefined) throw new Error(`there is no lab ${labId}`);
  const built = await buildReference(lab, join(lab.folder, 'bugs', `${id}.json`));
  if (!built.ok) throw new Error(built.message);
  const loaded: Loaded = { lab, source: { kind: 'reference' }, bundle: built.bundle, layers: {}, suites: [] };
  const tests = lab.parts.flatMap((part) => part.tests);
  const seeds = Array.from({ length: SEEDS }, (_, i) => String(i + 1));
  const runs = seeds.flatMap((seed) => tests.map((test) => ({ test: test.id, seed })));
  const { rows } = await runJob({ ...jobBase(loaded), runs, untilFailure: true }, () => undefined);
  const failing = rows.find(({ verdict }) => verdict.status === 'fail');
  if (failing?.verdict.status !== 'fail') return undefined;
  const start = performance.now();
  const { test, seed, verdict } = failing;
  const shrunk = await shrinkFailure(loaded, { test, seed, plan: null, overrides: {}, verdict }, { jobs: 1 });
  if (shrunk === undefined) throw new Error(`${id}: the failing run does not fail again`);
  const seconds = (performance.now() - start) / 1000;
  const before = await measure(loaded, { test, seed }, verdict.property);
  const { plan, ...run } = shrunk.run;
  const after = await measure(loaded, { test, ...run, ...(plan === null ? {} : { plan }) }, verdict.property);
  const pair = (of: (size: ReadingSize) => string, width: number): string =>
    `${of(before)} → ${of(after)}`.padStart(width);
  print(
    `${id}, ${test}, ${verdict.property}`.slice(0, 62).padEnd(62) +
      pair(({ events }) => String(events), 14) +
      pair(({ rows: all }) => String(all), 12) +
      pair(({ faults }) => String(faults), 11) +
      pair(({ nodes }) => String(nodes), 8) +
      pair(({ simulatedMs }) => (simulatedMs / 1000).toFixed(2), 14) +
      String(shrunk.runs).padStart(7) +
      seconds.toFixed(1).padStart(8),
  );
  return after.rows;
}

async function measure(loaded: Loaded, run: AskedRun, property: string): Promise<ReadingSize> {
  const { rows } = await runJob({ ...jobBase(loaded), runs: [run], record: true }, () => undefined);
  const [row] = rows;
  if (row?.verdict.status !== 'fail' || row.verdict.property !== property)
    throw new Error(`${run.test} with seed ${run.seed} does not break ${property} again`);
  return readingSizeOf(row);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const usage =
  'tsx shrink.ts LAB/BUG…: shrinks the first failure of each bug, and prints the sizes before and after';
const given = process.argv.slice(2).map((name): Bug => {
  const [lab = '', id = ''] = name.split('/');
  return { lab, id };
});
if (given.length === 0) process.stderr.write(`${usage}\n`);
process.exitCode = given.length === 0 ? 2 : await main(given);
