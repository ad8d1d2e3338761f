import type { LabInfo } from '@lockstep/test-harness/runner';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { findLab } from '../choose.ts';
import { submissionCompilerOptions } from '../submission-types.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine, ownCommand, REPO_ROOT, shortPath } from '../harness.ts';
import type { Io } from '../io.ts';
import { toJson } from '@lockstep/grader';

/** Where a work folder keeps the types of what may be imported. Ours, and made anew each time. */
const TYPES_FOLDER = '.lockstep-api';

/** Makes a folder to work on a lab in. */
export async function makeWork(io: Io, labId: string, folder: string | undefined): Promise<number> {
  const lab = findLab(await engine.discoverLabs(), labId);
  const target = folder === undefined ? join(REPO_ROOT, 'work', lab.id) : resolve(folder);
  if (existsSync(target) && !statSync(target).isDirectory()) {
    throw new UsageError(`${shortPath(target)} is a file, so it cannot be the folder to work in.`);
  }
  const starter = join(lab.folder, 'starter');
  if (!existsSync(starter)) throw new UsageError(`${lab.title} has no starter.`);
  const { added, kept } = write(target, starter);
  showResult(io, lab, target, added, kept);
  return EXIT.ok;
}

interface Written {
  readonly added: readonly string[];
  readonly kept: readonly string[];
}

function write(target: string, starter: string): Written {
  const added: string[] = [];
  const kept: string[] = [];
  const add = (path: string, make: (file: string) => void): void => {
    const file = join(target, path);
    if (existsSync(file)) {
      kept.push(path);
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    make(file);
    added.push(path);
  };
  try {
    for (const path of filesIn(starter)) add(path, (file) => copyFileSync(join(starter, path), file));
    add('tsconfig.json', (file) => writeFileSync(file, toJson(SETTINGS)));
    add('.vscode/launch.json', (file) => writeFileSync(file, toJson(launchSettings())));
    refreshTypes(join(target, TYPES_FOLDER));
  } catch (error) {
    throw new UsageError(`${shortPath(target)} cannot be written: ${(error as Error).message}`);
  }
  return { added, kept };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => relative(folder, join(item.parentPath, item.name)))
    .sort();
}

/** Copies the sources of `@lockstep/api`: an editor then finds them wherever the folder lies. */
function refreshTypes(folder: string): void {
  const source = join(REPO_ROOT, 'libs/api/src');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const path of filesIn(source)) copyFileSync(join(source, path), join(folder, path));
}

/** What an editor reads. Nothing of it has a say in how the code is run. */
const SETTINGS = {
  compilerOptions: submissionCompilerOptions(`./${TYPES_FOLDER}`),
  include: ['**/*.ts', `${TYPES_FOLDER}/globals.d.ts`],
};

/** Attaches to a replay that waits for a debugger. */
function launchSettings(): object {
  return {
    version: '0.2.0',
    configurations: [
      {
        name: 'Attach to lockstep replay --inspect-brk',
        type: 'node',
        request: 'attach',
        port: 9229,
        timeout: 60_000,
        sourceMaps: true,
        resolveSourceMapLocations: null,
        skipFiles: ['<node_internals>/**'],
      },
    ],
  };
}

function showResult(
  io: Io,
  lab: LabInfo,
  target: string,
  added: readonly string[],
  kept: readonly string[],
): void {
  const path = shortPath(target);
  if (added.length > 0) io.out(`Added to ${path}: ${added.join(', ')}`);
  if (kept.length > 0) io.out(`Left as they were: ${kept.join(', ')}`);
  io.out('');
  io.out(`Next: read ${shortPath(join(lab.folder, 'README.md'))}, write ${join(path, lab.entry)}, and run`);
  io.out(`  ${ownCommand()} test ${lab.id} --impl ${path} --watch`);
}
