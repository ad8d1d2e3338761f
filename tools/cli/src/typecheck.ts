import type { LabInfo } from '@lockstep/test-harness/runner';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { REPO_ROOT } from './harness.ts';
import { submissionCompilerOptions } from './submission-types.ts';

const HEAP_MB = 512;
const WALL_MS = 20_000;
const MAX_OUTPUT = 200_000;

/**
 * The type errors of a folder's entry file and what it imports, as `file:line:column: message`. Advice
 * alone: types that blow up the compiler end its process, and then there is nothing to say.
 */
export async function typeErrors(folder: string, lab: LabInfo, signal?: AbortSignal): Promise<string[]> {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-types-'));
  try {
    // The compiler must not read settings that lie in the folder, or in the current one.
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(settingsFor(resolve(folder, lab.entry))));
    const output = await compile(place, signal);
    return output.split('\n').flatMap((line) => readError(line, place, resolve(folder)));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

const API_SOURCES = join(REPO_ROOT, 'libs/api/src');

function settingsFor(entry: string): object {
  return {
    compilerOptions: submissionCompilerOptions(API_SOURCES),
    files: [join(API_SOURCES, 'globals.d.ts'), entry],
  };
}

function compile(place: string, signal: AbortSignal | undefined): Promise<string> {
  const compiler = join(REPO_ROOT, 'node_modules/typescript/lib/tsc.js');
  const args = [`--max-old-space-size=${HEAP_MB}`, compiler, '-p', place, '--pretty', 'false'];
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: place,
      env: {},
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: WALL_MS,
      killSignal: 'SIGKILL',
      ...(signal === undefined ? {} : { signal }),
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.length > MAX_OUTPUT) child.kill('SIGKILL');
    });
    child.on('error', () => done(''));
    child.on('close', () => done(output));
  });
}

/** The compiler's line, with the path as it is in the folder; nothing for errors elsewhere. */
function readError(line: string, place: string, folder: string): string[] {
  const match = /^(.+?)\((\d+),(\d+)\): error TS\d+: (.*)$/.exec(line);
  const [, path, row, column, message] = match ?? [];
  if (path === undefined || row === undefined || column === undefined || message === undefined) return [];
  const own = relative(folder, resolve(place, path));
  return own.startsWith('..') ? [] : [`${own}:${row}:${column}: ${message}`];
}
