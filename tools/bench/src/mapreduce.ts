/**
 * `nx run bench:mapreduce`: the word count for real, side by side: sequentially, with one worker, with two, and by
 * awk and sort; then ten times the input, two workers against two sequential runs at the same time; and what it takes
 * in memory. `--rounds N` (default 5), `--small` for the first part alone.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateText, runJob } from '@lockstep/mr';
import { REPO_ROOT } from '@lockstep/test-harness/runner';

const SMALL_BYTES = 30_000_000;
const LARGE_BYTES = 300_000_000;
const FILES = 8;
const WORDS = 20_000;
const REDUCE_TASKS = 4;

/** One run: seconds by the wall, and seconds of the processor, children included. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

interface Contestant {
  readonly name: string;
  readonly run: () => Promise<Cost>;
}

const LOCKSTEP = join(REPO_ROOT, 'tools/cli/bin/lockstep.mjs');
const AWK = '{ for (i = 1; i <= NF; i++) n[$i]++ } END { for (w in n) print w, n[w] }';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, small: { type: 'boolean', default: false } },
});
const rounds = Number(options.rounds);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-mr-'));
let outputs = 0;

/** A shell command, and what it cost: bash writes that, for all processes of it. */
function timed(command: string): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `TIMEFORMAT='cost %R %U %S'; time { ${command}; }`], {
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    child.on('close', (status) => {
      const cost = /cost ([\d.]+) ([\d.]+) ([\d.]+)/.exec(said);
      if (status !== 0 || cost === null) return reject(new Error(`${command}: status ${status}\n${said}`));
      resolve({ wall: Number(cost[1]), cpu: Number(cost[2]) + Number(cost[3]) });
    });
  });
}

/** The word count as people start it, each time into a new folder. */
function wordCount(input: string, how: string): Contestant['run'] {
  return () => {
    const out = join(folder, `out-${outputs++}`);
    return timed(
      `'${process.execPath}' '${LOCKSTEP}' mr run word-count '${input}' --out '${out}' --reduce ${REDUCE_TASKS} ${how}`,
    );
  };
}

/** The same thing twice, at the same time. */
async function twice(run: Contestant['run']): Promise<Cost> {
  const began = performance.now();
  const [one, other] = await Promise.all([run(), run()]);
  return { wall: (performance.now() - began) / 1000, cpu: one.cpu + other.cpu };
}

/** The contestants take turns, so that what else the machine does hits all of them. */
async function compete(contestants: readonly Contestant[]): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>();
  for (const { run } of contestants.slice(0, 2)) await run();
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contestants) costs.set(name, [...(costs.get(name) ?? []), await run()]);
  }
  return costs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function print(costs: ReadonlyMap<string, readonly Cost[]>): void {
  for (const [name, each] of costs) {
    const walls = each.map(({ wall }) => wall);
    const spread = `${Math.min(...walls).toFixed(2)} to ${Math.max(...walls).toFixed(2)}`;
    const cpu = median(each.map((cost) => cost.cpu)).toFixed(2);
    line(name, `${median(walls).toFixed(2)} s (${spread}), processor ${cpu} s`);
  }
}

function line(title: string, value: string): void {
  process.stdout.write(`${title.padEnd(44)}${value}\n`);
}

/** The most that any process of a job had in memory, and all of them together, in MB. */
async function peakMemory(input: string): Promise<string> {
  const peaks = new Map<number, number>();
  let together = 0;
  let pids: number[] = [];
  const look = setInterval(() => {
    let now = 0;
    for (const pid of pids) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, statusOf(pid, 'VmHWM')));
      now += statusOf(pid, 'VmRSS');
    }
    together = Math.max(together, now);
  }, 20);
  const outcome = await runJob({
    app: 'word-count',
    inputs: [input],
    out: join(folder, `out-${outputs++}`),
    reduceTasks: REDUCE_TASKS,
    workers: 2,
    events: { processes: (running) => (pids = [...running.values()]) },
  });
  clearInterval(look);
  if (outcome.end !== 'succeeded') throw new Error(outcome.failure ?? outcome.end);
  return `${Math.round(Math.max(...peaks.values()))} MB in the largest process, ${Math.round(together)} MB in all`;
}

/** A field of what Linux knows about a process, in MB; 0 when it has ended. */
function statusOf(pid: number, field: string): number {
  try {
    const kilobytes = new RegExp(`${field}:\\s*(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(kilobytes?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

async function benchSmall(): Promise<void> {
  const input = join(folder, 'small');
  await generateText({ seed: '1', files: FILES, bytes: SMALL_BYTES, words: WORDS, folder: input });
  process.stdout.write(`Word count, 30 MB in ${FILES} files, ${WORDS} distinct words, median of ${rounds}\n`);
  print(
    await compete([
      { name: 'lockstep mr run --sequential', run: wordCount(input, '--sequential') },
      { name: 'lockstep mr run --workers 1', run: wordCount(input, '--workers 1') },
      { name: 'lockstep mr run --workers 2', run: wordCount(input, '--workers 2') },
      { name: 'awk | sort', run: () => timed(`awk '${AWK}' '${input}'/* | sort`) },
    ]),
  );
  line('memory, two workers', await peakMemory(input));
}

async function benchLarge(): Promise<void> {
  const input = join(folder, 'large');
  await generateText({ seed: '1', files: FILES, bytes: LARGE_BYTES, words: WORDS, folder: input });
  process.stdout.write(`The same over 300 MB, median of ${rounds}\n`);
  const both = 'two sequential runs at the same time';
  const costs = await compete([
    { name: 'lockstep mr run --workers 2', run: wordCount(input, '--workers 2') },
    { name: both, run: () => twice(wordCount(input, '--sequential')) },
  ]);
  print(costs);
  const workers = costs.get('lockstep mr run --workers 2') ?? [];
  const ratios = (costs.get(both) ?? []).map(({ wall }, round) => wall / 2 / (workers[round]?.wall ?? NaN));
  // Together the two sequential runs have done the job twice.
  line('throughput of two workers over theirs', `${median(ratios).toFixed(2)} (at least 0.85)`);
  line('memory, two workers', await peakMemory(input));
}

try {
  await benchSmall();
  if (!options.small) await benchLarge();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
