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
    printParts(lab, rows);
    print(`  one seed of the whole suite   ${(wallMs / SEEDS / 1000).toFixed(2)} s of wall clock (bound 3)`);
    print(
      `  events while it runs          ${Math.round((events / runMs) * 1000).toLocaleString('en')} a second`,
    );
    print(`  simulated over real time      ${Math.round(simulatedMs / wallMs)} times`);
  }
  print(`lockstep --help answers in      ${helpMs().toFixed(0)} ms (bound 150)`);
  return 0;
}

/**
 * Seconds that the course's own tests of the same parts take, of mostly waiting: measured on two public solutions in Go
 * (editions 2021 and 2023) on a machine with two cores.
 */
const COURSE_SECONDS: Readonly<Record<string, readonly [low: number, high: number]>> = {
  'raft/A': [12.8, 13.1],
  'raft/B': [26.1, 32.2],
  'raft/C': [116.6, 124.4],
  'raft/D': [119.5, 123.1],
};

/** For each part: simulated seconds beside the course's, and the faults that happened in them. */
function printParts(lab: LabInfo, rows: readonly Row[]): void {
  for (const { id, title } of lab.parts) {
    const own = rows.filter(({ test }) => test.startsWith(`${lab.id}/${id}/`));
    const seconds = sum(own.map(({ simulatedMs }) => simulatedMs)) / SEEDS / 1000;
    const course = COURSE_SECONDS[`${lab.id}/${id}`];
    const beside = course === undefined ? '' : ` (the course: ${course[0]}-${course[1]} s)`;
    const faults = new Map<string, number>();
    for (const row of own) {
      for (const [name, times] of Object.entries(row.faults))
        faults.set(name, (faults.get(name) ?? 0) + times);
    }
    const shown = [...faults].map(([name, times]) => `${Math.round(times / SEEDS)} ${name}`);
    print(
      `  part ${id}, ${title}: ${seconds.toFixed(1)} simulated s${beside}; faults: ${shown.join(', ') || 'none'}`,
    );
  }
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
