/**
 * How long the checker takes on histories of known shapes, reading included.
 *
 *   npx nx run bench:linearizability                    histories of up to 100,000 operations
 *   npx nx run bench:linearizability --large            and of 1,000,000
 *   npx nx run bench:linearizability --only general     only cells whose name contains this
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cells, type Cell } from './linearizability-cells.ts';
import { Generator, MAX_PIECES, writeHistory } from './linearizability-histories.ts';

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT_MS = 60_000;

interface Result {
  readonly verdict: string;
  readonly operations: number;
  readonly readMs: number;
  readonly readCpuMs: number;
  readonly checkMs: number;
  readonly cpuMs: number;
  readonly againMs: number;
  readonly explainMs: number;
  readonly core: number;
  readonly peakBytes: number;
  readonly decidedFast: number;
  readonly partitions: number;
  readonly steps: number;
}

const LEGEND = [
  `Each cell in a new process; limit ${LIMIT_MS / 1000} s of checking.`,
  `A value holds at most ${MAX_PIECES} written pieces: a write beyond is a put.`,
  'check ms: the first check of the process; CPU ms: processor time on all threads, with compilation and garbage',
  'collection; again ms: the best of five more. ops/s: of the first check; whole/s: with reading and parsing.',
  'explain ms (operations of the contradiction). Porcupine, compiled ahead of time: as measured on another such',
  'machine, and how many times faster "again" was.',
];

function runCell(cell: Cell, folder: string): Result {
  const file = join(folder, 'history.jsonl');
  writeHistory(file, new Generator(cell.shape).run());
  const args = ['--import', 'tsx', join(here, 'linearizability-cell.ts'), file, cell.model, String(LIMIT_MS)];
  const output = execFileSync(process.execPath, args, { cwd: join(here, '../../..'), encoding: 'utf8' });
  return JSON.parse(output) as Result;
}

const COLUMNS = [
  'cell',
  'verdict',
  'read ms',
  'CPU ms',
  'check ms',
  'CPU ms',
  'again ms',
  'ops/s',
  'whole/s',
  'peak MiB',
  'explain ms',
  'how',
  'Porcupine ms',
];
const WIDTHS = [50, 13, 9, 8, 10, 8, 9, 10, 10, 9, 11, 20, 16];

function print(columns: readonly string[]): void {
  const row = columns.map((text, place) =>
    place < 2 ? text.padEnd(WIDTHS[place] ?? 0) : text.padStart(WIDTHS[place] ?? 0),
  );
  process.stdout.write(`${row.join(' ')}\n`);
}

function perSecond(operations: number, milliseconds: number): string {
  return Math.round((operations / milliseconds) * 1000).toLocaleString('en-US');
}

function compare(cell: Cell, result: Result): string {
  if (cell.porcupine === undefined) return '';
  if (typeof cell.porcupine === 'string') return cell.porcupine;
  return `${cell.porcupine} (${(cell.porcupine / result.againMs).toFixed(1)}x)`;
}

function show(cell: Cell, result: Result): void {
  const how =
    result.decidedFast === result.partitions ? 'no search' : `${result.steps.toLocaleString('en-US')} steps`;
  print([
    cell.name,
    result.verdict,
    result.readMs.toFixed(0),
    result.readCpuMs.toFixed(0),
    result.checkMs.toFixed(1),
    result.cpuMs.toFixed(1),
    result.againMs.toFixed(1),
    perSecond(result.operations, result.checkMs),
    perSecond(result.operations, result.checkMs + result.readMs),
    (result.peakBytes / (1 << 20)).toFixed(0),
    result.verdict === 'violated' ? `${result.explainMs.toFixed(0)} (${result.core})` : '',
    how,
    compare(cell, result),
  ]);
}

function main(): void {
  const { values } = parseArgs({
    options: { large: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  for (const line of LEGEND) process.stdout.write(`${line}\n`);
  print(COLUMNS);
  try {
    for (const cell of cells(values.large)) {
      if (cell.name.includes(values.only)) show(cell, runCell(cell, folder));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
