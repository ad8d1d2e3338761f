import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const LEFT_BEHIND = new Set(['node_modules', '.git', '.nx', '.lockstep', 'work', 'tmp', 'dist', 'coverage']);

/** What a program of the copy printed, and how it ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of the working tree whose packages are its own, and whose dependencies are the original's. */
export interface CopiedWorkspace {
  readonly root: string;
  /** Links the packages of the copy as `npm install` would; again after packages were added. */
  link(): void;
  /** Runs a program of `node_modules/.bin`. */
  run(program: string, ...args: string[]): Promise<Ended>;
  delete(): void;
}

/** Copies the working tree, uncommitted changes included, to a temporary folder. */
export function copyWorkspace(): CopiedWorkspace {
  const copy = mkdtempSync(join(tmpdir(), 'lockstep-copy-'));
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => path === root || !LEFT_BEHIND.has(basename(path)),
  });
  for (const folder of ['', ...packageFolders(copy)]) linkDependencies(folder, copy);
  return {
    root: copy,
    link: () => linkPackages(copy),
    run: (program, ...args) => run(copy, join(copy, 'node_modules/.bin', program), args),
    delete: () => rmSync(copy, { recursive: true, force: true }),
  };
}

function packageFolders(workspace: string): string[] {
  const nested = ['libs', 'labs', 'tools'].flatMap((group) =>
    readdirSync(join(workspace, group)).map((name) => `${group}/${name}`),
  );
  return [...nested, 'test-harness'].filter((folder) => existsSync(join(workspace, folder, 'package.json')));
}

/** Links to everything that is installed, except what leads to our own packages. */
function linkDependencies(folder: string, copy: string): void {
  const installed = join(root, folder, 'node_modules');
  if (!existsSync(installed)) return;
  mkdirSync(join(copy, folder, 'node_modules/.bin'), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name === '@lockstep' || name === '.bin' || name.startsWith('.cache') || name.startsWith('.vite'))
      continue;
    symlinkSync(join(installed, name), join(copy, folder, 'node_modules', name));
  }
  if (folder !== '') return;
  for (const name of readdirSync(join(installed, '.bin'))) {
    if (name !== 'lockstep')
      symlinkSync(join(installed, '.bin', name), join(copy, 'node_modules/.bin', name));
  }
  linkPackages(copy);
}

function linkPackages(copy: string): void {
  const scope = join(copy, 'node_modules/@lockstep');
  rmSync(scope, { recursive: true, force: true });
  mkdirSync(scope);
  for (const folder of packageFolders(copy)) {
    const { name } = JSON.parse(readFileSync(join(copy, folder, 'package.json'), 'utf8')) as { name: string };
    symlinkSync(join(copy, folder), join(copy, 'node_modules', name));
  }
  const binary = join(copy, 'node_modules/.bin/lockstep');
  rmSync(binary, { force: true });
  symlinkSync(join(copy, 'tools/cli/bin/lockstep.mjs'), binary);
}

function run(cwd: string, program: string, args: readonly string[]): Promise<Ended> {
  const env = {
    ...process.env,
    CI: 'true',
    NO_COLOR: '1',
    FORCE_COLOR: undefined,
    NX_WORKSPACE_ROOT_PATH: undefined,
  };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
