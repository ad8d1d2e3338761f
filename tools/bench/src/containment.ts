import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSources,
  bundleOf,
  discoverLabs,
  osWalls,
  readReference,
  REPO_ROOT,
  runJob,
  useOsWalls,
  type Bundle,
  type LabInfo,
} from '@lockstep/test-harness/runner';
import { runChild } from '../../../test-harness/src/runner/child-process.ts';

/*
 * What containment costs in all: the same seeds of a suite bare, in one ordinary process, and contained, as the grader
 * runs them: bundled in a child, hardened, in compartments, behind a watchdog and all walls that the machine has.
 */

const SEEDS = 1;
const ROUNDS = 3;
/** On a busy machine a run would be taken to hang, and be made again. */
const PATIENT_SLICE_MS = 60_000;
/** Times as long, at most. */
const GOAL = 1.6;

type Runs = readonly { readonly test: string; readonly seed: string }[];

/** Time that something took, in ms: by the wall clock, and of processors in children that have ended. */
interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly hashes: readonly string[];
}

async function main(labId: string): Promise<number> {
  const lab = (await discoverLabs()).find(({ id }) => id === labId);
  if (lab === undefined) throw new Error(`there is no lab ${labId}`);
  const tests = lab.parts.flatMap(({ tests: of }) => of.map(({ id }) => id));
  const seeds = Array.from({ length: SEEDS }, (_, i) => String(i + 1));
  const runs = seeds.flatMap((seed) => tests.map((test) => ({ test, seed })));
  print(`${lab.title}: ${runs.length} runs, ${ROUNDS} rounds, bare and contained in turns`);
  print(`walls of the system: ${osWalls().join(', ') || 'none'}`);
  // Bundles of our own programs are made once and kept, for the one as for the other.
  const bare = await bundleOf(bareProgram(lab));
  await contained(lab, runs.slice(0, 1));
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const cost: Round = {
      bare: await withoutOsWalls(() => runBare(lab, bare, runs)),
      contained: await contained(lab, runs),
      language: await withoutOsWalls(() => contained(lab, runs)),
    };
    const [hashes, ...others] = Object.values(cost).map((one: Cost) => one.hashes.join());
    if (others.some((other) => other !== hashes)) {
      print('the runs were not the same, so there is nothing to compare');
      return 1;
    }
    rounds.push(cost);
    print(`  round ${round + 1}: bare ${show(cost.bare)}, contained ${show(cost.contained)},`);
    print(`           without the walls of the system ${show(cost.language)}`);
  }
  const medianOf = (what: (round: Round) => number): number => median(rounds.map(what));
  const wall = medianOf(({ contained: { wallMs } }) => wallMs) / medianOf(({ bare: { wallMs } }) => wallMs);
  const cpu = medianOf(({ language: { cpuMs } }) => cpuMs) / medianOf(({ bare: { cpuMs } }) => cpuMs);
  print(
    `contained takes ${wall.toFixed(2)} times as long by the wall clock, which a busy machine stretches,`,
  );
  print(`                ${cpu.toFixed(2)} times the processor time (goal: under ${GOAL})`);
  return cpu < GOAL ? 0 : 1;
}

interface Round {
  readonly bare: Cost;
  /** Behind all walls that the machine has. What `bwrap` starts is not among the children whose time we are told. */
  readonly contained: Cost;
  /** Without those of the system, which cost some milliseconds at the start of a process. */
  readonly language: Cost;
}

async function withoutOsWalls<T>(work: () => Promise<T>): Promise<T> {
  useOsWalls('off');
  try {
    return await work();
  } finally {
    useOsWalls('auto');
  }
}

function bareProgram({ id, folder }: LabInfo): { name: string; source: string } {
  const lines = [
    `import { serveBare } from ${JSON.stringify(join(REPO_ROOT, 'tools/bench/src/bare-child.ts'))};`,
    `import lab from ${JSON.stringify(join(folder, 'lab.ts'))};`,
    'serveBare(lab);',
  ];
  return { name: `bare-${id}`, source: lines.join('\n') };
}

async function runBare(lab: LabInfo, script: string, runs: Runs): Promise<Cost> {
  const { js } = await bundled(lab);
  const hashes: string[] = [];
  return measured(hashes, async () => {
    await runChild({
      script,
      nodeFlags: ['--no-warnings'],
      input: JSON.stringify({ js, runs }),
      onLine: (line) => hashes.push((JSON.parse(line) as { traceHash: string }).traceHash),
      dataMb: 4000,
      maxLineBytes: 1 << 20,
    });
  });
}

/** Everything that a grading does for one submission, from its sources on. */
async function contained(lab: LabInfo, runs: Runs): Promise<Cost> {
  const hashes: string[] = [];
  return measured(hashes, async () => {
    const implementation = await bundled(lab);
    const job = { lab, implementation, layers: {}, runs, limits: { sliceMs: PATIENT_SLICE_MS } };
    const { internalError } = await runJob(job, ({ traceHash }) => void hashes.push(traceHash));
    if (internalError !== undefined) throw new Error(internalError);
  });
}

/** The reference as if it had been handed in: in a child, and never from a cache. */
async function bundled({ reference }: LabInfo): Promise<Bundle> {
  const { files, pathOf } = readReference({ reference, libraries: {} });
  const root = pathOf('');
  const entry = reference.slice(root.length + 1);
  const built = await buildSources({ name: 'reference', root, files, unread: new Map() }, { entry });
  if (!built.ok) throw new Error(built.message);
  return built.bundle;
}

async function measured(hashes: readonly string[], work: () => Promise<void>): Promise<Cost> {
  const [start, cpu] = [performance.now(), childrenCpuMs()];
  await work();
  return { wallMs: performance.now() - start, cpuMs: childrenCpuMs() - cpu, hashes };
}

/** Processor time of this process and of its children that have ended, in ms. Linux counts in hundredths of seconds. */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime, cstime: fields 14 to 17 of the whole line.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

function show({ wallMs, cpuMs }: Cost): string {
  return `${(wallMs / 1000).toFixed(2)} s (processor ${(cpuMs / 1000).toFixed(2)} s)`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv[2] ?? 'raft');
