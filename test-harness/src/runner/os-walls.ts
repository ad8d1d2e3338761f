import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from './repo.ts';

/*
 * Walls that the operating system lends: around the walls of the language and of Node, for the day when one of those
 * has a hole. Which of them a machine has is found out by trying.
 */

/** A wall of the operating system. */
export type OsWall =
  /** Limits on memory, the stack, files and cores (`prlimit`). */
  | 'limits'
  /** Namespaces of its own: no files but the program's, no network, no other processes (`bwrap`). */
  | 'bubblewrap'
  /** Another user without any capability (`setpriv`), where namespaces are not to be had. */
  | 'other-user'
  /** A network namespace of its own (`unshare`), beside `other-user`. */
  | 'no-network';

/** What a child needs to see of the file system. */
export interface Needs {
  /** Absolute path of the script. */
  readonly script: string;
  /** Further absolute paths. */
  readonly reads: readonly string[];
  /** Bound on memory beside the code, in MiB. */
  readonly dataMb: number;
  /** Bound on the stack, in MiB. */
  readonly stackMb?: number;
  /** Bound on processor time, in s. */
  readonly cpuSeconds?: number;
}

/** The command that starts a child behind the walls that stand. */
export interface WalledCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The stack that `limits` leaves a process that is to have a bounded one, in MiB: the custom of main threads. */
export const STACK_MB = 8;

const NOBODY = '65534';
const PROBE_MS = 5000;

let mode: 'auto' | 'off' = 'auto';
let standing: readonly OsWall[] | undefined;

/**
 * Leaves out all walls of the operating system, or puts up again those that the machine has. For the whole process: it
 * is a fact of the machine, not of a job.
 */
export function useOsWalls(wanted: 'auto' | 'off'): void {
  mode = wanted;
}

/** The walls that children of this process get. Tried out once. */
export function osWalls(): readonly OsWall[] {
  if (mode === 'off') return [];
  standing ??= probe();
  return standing;
}

/** Puts the walls around `node`, a command with its arguments. */
export function withinWalls(node: readonly string[], needs: Needs, walls: readonly OsWall[]): WalledCommand {
  let command = [...node];
  if (walls.includes('bubblewrap')) command = [...bubblewrap(needs), ...command];
  if (walls.includes('other-user')) command = [...otherUser(), ...command];
  if (walls.includes('no-network')) command = [find('unshare') ?? 'unshare', '--net', '--', ...command];
  if (walls.includes('limits')) command = [...limits(needs), ...command];
  const [first = '', ...args] = command;
  return { command: first, args };
}

function limits({ dataMb, stackMb, cpuSeconds }: Needs): string[] {
  const bounds = [`--data=${dataMb * 2 ** 20}`, '--core=0', '--nofile=64', '--fsize=1048576'];
  if (stackMb !== undefined) bounds.push(`--stack=${stackMb * 2 ** 20}`);
  if (cpuSeconds !== undefined) bounds.push(`--cpu=${cpuSeconds}`);
  return [find('prlimit') ?? 'prlimit', ...bounds, '--'];
}

function bubblewrap({ script, reads }: Needs): string[] {
  const system = ['/usr', '/lib', '/lib64', '/bin', '/etc/ld.so.cache'].filter((path) => existsSync(path));
  // A package may be a link to where it is installed, and Node follows links.
  const wanted = [process.execPath, script, ...reads].filter((path) => existsSync(path));
  const shown = [...new Set([...system, ...wanted.map((path) => realpathSync(path)), ...wanted])];
  return [
    find('bwrap') ?? 'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--cap-drop',
    'ALL',
    '--clearenv',
    '--setenv',
    'TZ',
    'UTC',
    '--setenv',
    'LC_ALL',
    'C',
    ...shown.flatMap((path) => ['--ro-bind', path, path]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    '/',
    '--',
  ];
}

function otherUser(): string[] {
  const who = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const powers = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
  return [find('setpriv') ?? 'setpriv', ...who, ...powers, '--'];
}

function probe(): OsWall[] {
  const walls: OsWall[] = [];
  const tries = (more: readonly OsWall[]): boolean => {
    const needs: Needs = { script: process.execPath, reads: [], dataMb: 512, stackMb: STACK_MB };
    const { command, args } = withinWalls([process.execPath, '--version'], needs, [...walls, ...more]);
    const options = { cwd: '/', env: {}, timeout: PROBE_MS, encoding: 'utf8' } as const;
    const { status, stdout } = spawnSync(command, args, options);
    return status === 0 && stdout.trim() === process.version;
  };
  if (find('prlimit') !== undefined && tries(['limits'])) walls.push('limits');
  if (find('bwrap') !== undefined && tries(['bubblewrap'])) return [...walls, 'bubblewrap'];
  if (process.getuid?.() !== 0) return walls;
  if (find('setpriv') !== undefined && tries(['other-user']) && isOpenToOthers()) walls.push('other-user');
  if (find('unshare') !== undefined && tries(['no-network'])) walls.push('no-network');
  return walls;
}

/** Whether another user may read the programs that children run. */
function isOpenToOthers(): boolean {
  const file = join(REPO_ROOT, 'package.json');
  const [command, ...args] = [...otherUser(), find('test') ?? 'test', '-r', file];
  return spawnSync(command, args, { cwd: '/', env: {}, timeout: PROBE_MS }).status === 0;
}

const found = new Map<string, string | undefined>();

/** Where a program of the system is, in the system's own folders alone. */
function find(program: string): string | undefined {
  if (!found.has(program)) {
    const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];
    found.set(
      program,
      folders.map((folder) => join(folder, program)).find((path) => existsSync(path)),
    );
  }
  return found.get(program);
}
