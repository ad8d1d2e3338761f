import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildReference, REPO_ROOT, runJob } from '@lockstep/test-harness/runner';
import type { LabInfo, Row } from '@lockstep/test-harness/runner';

/** Seeds of the suite that are timed; the first also pays for warming up. */
const SEEDS = 5;

/** Prints what one seed of each lab costs on the reference, and how long the command line takes to answer. */
export async function benchSuite(labs: readonly LabInfo[]): Promise<number> {
  for (const lab of labs) {
    const built = await buildReference(lab);
    if (!built.ok) throw new Error(built.message);
    const tests = lab.parts.flatMap(({ tests: of }) => of.map(({ id }) => id));
    const seeds = Array.from({ length: SEEDS }, (_, index) => String(index + 1));
    const rows: Row[] = [];
    const start = performance.now();
    const job = {
      lab,
      implementation: built.bundle,
      layers: {},
      runs: seeds.flatMap((seed) => tests.map((test) => ({ test, seed }))),
    };
    await runJob(job, (row) => void rows.push(row));
    const wallMs = performance.now() - start;
    const runMs = sum(rows.map((row) => row.wallMs));
    const events = sum(rows.map((row) => row.counters.events));
    const simulatedMs = sum(rows.map((row) => row.simulatedMs));
    print(`${lab.title}: ${rows.length} runs, ${Math.round(simulatedMs / SEEDS / 1000)} simulated s a seed`);
    print(`  one seed of the whole suite   ${(wallMs / SEEDS / 1000).toFixed(2)} s of wall clock (bound 3)`);
    print(
      `  events while it runs          ${Math.round((events / runMs) * 1000).toLocaleString('en')} a second`,
    );
    print(`  simulated over real time      ${Math.round(simulatedMs / wallMs)} times`);
  }
  print(`lockstep --help answers in      ${helpMs().toFixed(0)} ms (bound 150)`);
  return 0;
}

/** The median of several starts of the command line. */
function helpMs(): number {
  const bin = join(REPO_ROOT, 'node_modules/.bin/lockstep');
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now();
    spawnSync(bin, ['--help']);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[4] ?? NaN;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
