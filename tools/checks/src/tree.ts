import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import ts from 'typescript';

/** Folders that hold nothing of ours, wherever they appear. */
const FOREIGN_FOLDERS = new Set(['node_modules', '.git', '.nx', '.lockstep', 'dist', 'coverage', 'fixtures']);
/** Git-ignored folders at the root: students' work and scratch space. */
const FOREIGN_ROOT_FOLDERS = new Set(['work', 'tmp']);
const CODE = new Set(['.ts', '.tsx', '.mts', '.cts', '.mjs', '.cjs', '.js']);

/** A file of the tree; its syntax tree is parsed when first asked for. */
export interface SourceFile {
  /** Path from the root of the tree, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** TypeScript or JavaScript, so that `ast()` may be called. */
  readonly isCode: boolean;
  ast(): ts.SourceFile;
}

/** What the checks need to know of a package.json. */
export interface Manifest {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly nx?: { readonly name?: string };
}

/** The working tree under one root, read once. */
export interface Tree {
  readonly root: string;
  /** Every text file of ours: code, documents, JSON; sorted by path. */
  readonly files: readonly SourceFile[];
  file(path: string): SourceFile | undefined;
  /** The package.json of a folder, if it has one. */
  manifest(folder: string): Manifest | undefined;
  /** Whether a file or a folder exists, ours or not. */
  exists(path: string): boolean;
}

/** Reads the tree below `root`. */
export function readTree(root: string): Tree {
  const files = new Map<string, SourceFile>();
  for (const path of listFiles(root))
    files.set(path, sourceFile(path, readFileSync(join(root, path), 'utf8')));
  const manifests = new Map<string, Manifest | undefined>();
  return {
    root,
    files: [...files.values()],
    file: (path) => files.get(path),
    exists: (path) => existsSync(join(root, path)),
    manifest(folder) {
      if (!manifests.has(folder)) {
        const path = join(root, folder, 'package.json');
        manifests.set(
          folder,
          existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined,
        );
      }
      return manifests.get(folder);
    },
  };
}

function listFiles(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        const foreign =
          FOREIGN_FOLDERS.has(entry.name) || (folder === '' && FOREIGN_ROOT_FOLDERS.has(entry.name));
        if (!foreign) visit(path);
      } else if (entry.isFile() && (CODE.has(extname(path)) || extname(path) === '.md')) {
        found.push(path);
      }
    }
  };
  visit('');
  return found.sort();
}

function sourceFile(path: string, text: string): SourceFile {
  let parsed: ts.SourceFile | undefined;
  return {
    path,
    text,
    lines: text.split('\n'),
    isCode: CODE.has(extname(path)),
    ast: () => (parsed ??= ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)),
  };
}

/** The line, counted from 1, on which a node's first token stands. */
export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.ast().getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

/** Calls `visit` for a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}
