import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { Io } from '../src/io.ts';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const BINARY = join(ROOT, 'tools/cli/bin/lockstep.mjs');

/** What a command did. */
export interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** How a command is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told what has been written so far, each time when there is more. */
  readonly onOutput?: (text: string, child: ChildProcess) => void;
}

const children = new Set<ChildProcess>();

/** Runs the real binary, as a process of its own. */
export function lockstep(args: readonly string[], { cwd, env = {}, onOutput }: RunOptions): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [BINARY, ...args], { cwd, env: { PATH, HOME, CI: '1', ...env } });
  children.add(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    onOutput?.(out + err, child);
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
    onOutput?.(out + err, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      children.delete(child);
      resolve({ status, out, err });
    });
  });
}

const folders: string[] = [];

/** A folder of its own for a test, with these files. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
  folders.push(folder);
  writeFiles(folder, files);
  return folder;
}

/** Writes files by their paths in a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A Raft that elects nobody, whatever happens before it returns. */
export function idleRaft(before = ''): string {
  return `import type { RaftFactory } from '@lockstep/api';
const makeRaft: RaftFactory = (host) => {
  ${before}
  host.serve({});
  return { start: () => undefined, status: () => ({ term: 0, isLeader: false }), snapshot: () => undefined };
};
export default makeRaft;
`;
}

/** A page without colours that keeps what is written on it, a line an item. */
export function quietIo(columns = 110): { readonly io: Io; readonly said: string[] } {
  const said: string[] = [];
  const keep = (text: string): string => text;
  const colors = new Proxy({}, { get: () => keep }) as Io['colors'];
  const io: Io = {
    out: (text) => void said.push(...text.split('\n')),
    err: () => undefined,
    isLive: false,
    columns,
    colors,
    errColors: colors,
    ascii: false,
  };
  return { io, said };
}
