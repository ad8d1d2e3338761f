import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { sortFindings, type Finding } from './finding.ts';
import {
  importable,
  importRule,
  isExempt,
  isStarter,
  isTest,
  mayImportBuiltin,
  mayTouchMachine,
  packageOf,
} from './house.ts';
import { importsOf } from './imports.ts';
import type { SourceFile, Tree } from './tree.ts';

const BUILTINS = new Set(builtinModules);

/** Every import that crosses a line which the rules of the house draw. */
export function checkBoundaries(tree: Tree): Finding[] {
  const folders = packageFolders(tree);
  const findings: Finding[] = [];
  for (const file of tree.files) {
    if (!file.isCode || isExempt(file.path)) continue;
    for (const { specifier, line } of importsOf(file)) {
      const message = specifier === undefined ? judgeComputed(file) : judge(tree, folders, file, specifier);
      if (message !== undefined) findings.push({ file: file.path, line, rule: 'boundaries', message });
    }
  }
  return sortFindings(findings);
}

/** Our packages by name. */
function packageFolders(tree: Tree): Map<string, string> {
  const byName = new Map<string, string>();
  for (const folder of new Set(tree.files.map((file) => packageOf(file.path).folder))) {
    const name = tree.manifest(folder)?.name;
    if (name !== undefined && folder !== '') byName.set(name, folder);
  }
  return byName;
}

function judgeComputed(file: SourceFile): string | undefined {
  if (mayTouchMachine(file.path)) return undefined;
  return 'A computed import cannot be checked: name the module in a literal, or leave it to test-harness/src/load.';
}

function judge(
  tree: Tree,
  folders: Map<string, string>,
  file: SourceFile,
  specifier: string,
): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('/')) return judgePath(file, specifier);
  if (specifier.startsWith('node:') || BUILTINS.has(specifier)) return judgeBuiltin(file, specifier);
  const name = packageName(specifier);
  const target = folders.get(name);
  if (target === undefined && name.startsWith('@lockstep/')) {
    return `There is no package ${name} in this repository: correct the name.`;
  }
  const { folder } = packageOf(file.path);
  if (target === folder) return undefined;
  if (target !== undefined) {
    const allowed = importable(file.path);
    if (allowed !== 'anything' && !allowed.includes(target))
      return `Imports ${name}, but ${importRule(file.path)}.`;
  }
  if (isDeclared(tree, file.path, name)) return undefined;
  return `Imports ${name} without declaring it: add it to the dependencies in ${posix.join(folder, 'package.json')}.`;
}

function judgePath(file: SourceFile, specifier: string): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file.path), specifier));
  const { folder, kind } = packageOf(file.path);
  // A bench or a check may look at what a package keeps to itself.
  if (kind === 'tool' && !specifier.startsWith('/')) return undefined;
  const inside =
    folder === '' ? packageOf(target).kind === 'root' : target === folder || target.startsWith(`${folder}/`);
  if (!inside || specifier.startsWith('/')) {
    return `Leaves its package by path (${specifier}): import another package by name, if the rules allow it.`;
  }
  if (isStarter(file.path) && !isStarter(target))
    return `Imports ${specifier}, but ${importRule(file.path)}.`;
  return undefined;
}

function judgeBuiltin(file: SourceFile, specifier: string): string | undefined {
  const builtin = specifier.startsWith('node:') ? specifier : `node:${specifier}`;
  if (builtin !== specifier) return `Import this builtin as ${builtin}.`;
  if (mayImportBuiltin(file.path, builtin)) return undefined;
  const allowed = "only libs/host, the tools and the harness's load and runner touch the real machine";
  return `Imports ${builtin}, but ${allowed}: go through Host or the world.`;
}

function isDeclared(tree: Tree, path: string, name: string): boolean {
  const own = tree.manifest(packageOf(path).folder);
  if (own?.dependencies?.[name] !== undefined) return true;
  const isDevelopment = isTest(path) || packageOf(path).kind === 'root' || path.endsWith('.config.ts');
  if (!isDevelopment) return false;
  return (
    own?.devDependencies?.[name] !== undefined || tree.manifest('')?.devDependencies?.[name] !== undefined
  );
}

function packageName(specifier: string): string {
  const [first = '', second] = specifier.split('/');
  return first.startsWith('@') && second !== undefined ? `${first}/${second}` : first;
}
