/**
 * `nx run bench:world` and the like: bundles one benchmark as the run child is bundled, and runs it with bare
 * Node under the child's own flags, so that what is measured is what people wait for.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleOf } from '../../../test-harness/src/runner/bundles.ts';
import { buildFolder, discoverLabs, REPO_ROOT } from '@lockstep/test-harness/runner';

const BENCHES = ['world', 'suite', 'guest'] as const;

async function main(): Promise<number> {
  const [name = ''] = process.argv.slice(2);
  if (!BENCHES.includes(name as (typeof BENCHES)[number])) {
    process.stderr.write(`There is no benchmark "${name}": choose from ${BENCHES.join(', ')}.\n`);
    return 2;
  }
  if (name === 'suite') return (await import('./suite.ts')).benchSuite(await discoverLabs());
  return name === 'guest' ? benchGuests() : benchWorld();
}

/** Rounds of processes. */
const ROUNDS = 3;

async function benchWorld(): Promise<number> {
  const workload = await buildFolder(join(REPO_ROOT, 'tools/bench/workload'), { entry: 'bench.ts' });
  if (!workload.ok) throw new Error(workload.message);
  const world = await program('world', `benchWorld(JSON.parse(process.env['BENCH_BUNDLE'] ?? '{}'))`, true);
  const usual = await program('usual', 'benchUsual()', false);
  const speeds = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const file of [world, usual]) {
      for (const [name, values] of Object.entries(runProgram(file, JSON.stringify(workload.bundle)))) {
        speeds.set(name, [...(speeds.get(name) ?? []), ...values]);
      }
    }
  }
  const of = (name: string): number => median(speeds.get(name) ?? []);
  const row = (title: string, value: string): void =>
    void process.stdout.write(`${title.padEnd(50)}${value}\n`);
  const perSecond = (name: string): string =>
    `${Math.round(of(name)).toLocaleString('en').padStart(9)} calls/s`;
  row('the world, as suites use it (at least 400,000)', perSecond('world'));
  row('bare loop: heap, copies, promises, drain', perSecond('bare'));
  row('@sinonjs/fake-timers and structuredClone', perSecond('usual'));
  row('cost of the world over the bare loop', `${(of('bare') / of('world')).toFixed(2)} times (at most 2.5)`);
  row('speed of the world over the usual tools', `${(of('world') / of('usual')).toFixed(1)} times`);
  return 0;
}

/** The guest machine, as a bare program and as the run child has it. */
async function benchGuests(): Promise<number> {
  const bare = runProgram(await program('guest', 'benchGuest()', false), '');
  const frozen = runProgram(await program('guest', 'benchGuest()', true), '');
  const row = (title: string, value: string): void =>
    void process.stdout.write(`${title.padEnd(60)}${value}\n`);
  const of = (speeds: Record<string, number[]>, name: string): number => median(speeds[name] ?? []);
  const speed = (value: number): string => `${value.toFixed(1).padStart(7)} M instructions/s`;
  const times = (value: number): string => `${value.toFixed(2).padStart(7)} times`;
  for (const [where, speeds] of Object.entries({ 'bare Node': bare, 'hardened run child': frozen })) {
    row(`${where}: compute-bound guest (at least 100)`, speed(of(speeds, 'compute')));
    row(`${where}: the naive model`, speed(of(speeds, 'naive')));
    row(`${where}: key/value guest at saturation`, speed(of(speeds, 'kv')));
    row(
      `${where}: recording it, in its time (at most 1.5)`,
      times(of(speeds, 'kv') / of(speeds, 'kvRecorded')),
    );
    row(
      `${where}: replaying it, in its time (at most 1.5)`,
      times(of(speeds, 'kv') / of(speeds, 'kvReplayed')),
    );
    row(
      `${where}: state hash after 10,000 instructions`,
      `${of(speeds, 'hashUs').toFixed(1).padStart(7)} µs`,
    );
    row(`${where}: machine over naive model`, times(of(speeds, 'compute') / of(speeds, 'naive')));
  }
  row('bare Node over the run child, compute-bound', times(of(bare, 'compute') / of(frozen, 'compute')));
  return 0;
}

/** A benchmark as one file, with intrinsics hardened first if asked for. */
function program(name: string, call: string, isHardened: boolean): Promise<string> {
  const quoted = (path: string): string => JSON.stringify(join(REPO_ROOT, path));
  const entry = call.slice(0, call.indexOf('('));
  const lines = [
    ...(isHardened ? [`import ${quoted('test-harness/src/load/lockdown.ts')};`] : []),
    `import { ${entry} } from ${quoted(`tools/bench/src/${name}.ts`)};`,
    `void ${call}.then((speeds) => process.stdout.write(JSON.stringify(speeds)));`,
  ];
  return bundleOf({ name: `bench-${name}`, source: lines.join('\n') });
}

function runProgram(file: string, bundle: string): Record<string, number[]> {
  const { stdout, status } = spawnSync(process.execPath, ['--stack-size=900', file], {
    env: { BENCH_BUNDLE: bundle },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${file} ended with status ${status}`);
  return JSON.parse(stdout.toString()) as Record<string, number[]>;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

process.exitCode = await main();
