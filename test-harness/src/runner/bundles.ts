import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { CACHE_FOLDER, REPO_ROOT } from './repo.ts';

/** A program of our own that children run: one file, made from sources of this repository. */
export interface Program {
  /** Names the file in the cache. */
  readonly name: string;
  /** The program's first module, as text; imports files by their absolute paths. */
  readonly source: string;
  /** Packages that stay outside of the bundle. */
  readonly external?: readonly string[];
}

/** What the cache knows of one program. */
interface Index {
  /** Inputs by path, relative to the repository (or absolute when outside), with the hash of their contents. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The bundle's file, in the cache folder. */
  readonly output: string;
}

const DAY_MS = 24 * 3_600_000;
/** A superseded bundle may still be about to be run by somebody; a day later it is not. */
const KEEP_SUPERSEDED_MS = DAY_MS;
/** What is still wanted is made again. */
const KEEP_MS = 30 * DAY_MS;

/**
 * The path of the program's bundle: from the cache when each of its sources still has the content that it was made
 * from, else made now. Several processes may do this at the same time.
 */
export async function bundleOf(program: Program): Promise<string> {
  // Whatever else could change the output is part of the name.
  const key = digest(JSON.stringify([program, process.version, bundlerVersion()])).slice(0, 16);
  const indexFile = join(CACHE_FOLDER, `${program.name}-${key}.json`);
  const known = readIndex(indexFile);
  if (known !== undefined && isFresh(known)) return join(CACHE_FOLDER, known.output);
  mkdirSync(CACHE_FOLDER, { recursive: true });
  const { code, inputs } = await build(program);
  const output = `${program.name}-${key}-${digest(code).slice(0, 16)}.cjs`;
  const path = join(CACHE_FOLDER, output);
  if (!existsSync(path)) replaceFile(path, code);
  const index: Index = {
    inputs: Object.fromEntries(inputs.map((input) => [input, digestFile(input) ?? ''])),
    output,
  };
  replaceFile(indexFile, JSON.stringify(index));
  sweep(`${program.name}-${key}-`, output);
  return path;
}

/** Hashes the content of a file, given as in an index; `undefined` when it is gone. */
function digestFile(path: string): string | undefined {
  try {
    return digest(readFileSync(resolve(REPO_ROOT, path)));
  } catch {
    return undefined;
  }
}

function isFresh({ inputs, output }: Index): boolean {
  return (
    existsSync(join(CACHE_FOLDER, output)) &&
    Object.entries(inputs).every(([path, hash]) => digestFile(path) === hash)
  );
}

function readIndex(file: string): Index | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Index;
  } catch {
    return undefined;
  }
}

/** The bundler is large and seldom needed, so only its version is looked up here. */
function bundlerVersion(): string {
  const manifest = readFileSync(join(REPO_ROOT, 'node_modules/esbuild/package.json'), 'utf8');
  return String((JSON.parse(manifest) as { version?: unknown }).version);
}

async function build(program: Program): Promise<{ code: string; inputs: string[] }> {
  const esbuild = await import('esbuild');
  const result = await esbuild.build(optionsFor(program));
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error(`the bundler gave nothing for ${program.name}`);
  const inputs = Object.keys(result.metafile.inputs)
    .filter((input) => !input.startsWith('<'))
    .map((input) => repoPath(resolve(REPO_ROOT, input)));
  return { code: file.text, inputs };
}

function repoPath(path: string): string {
  const short = relative(REPO_ROOT, path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}

function optionsFor(program: Program): BuildOptions & { write: false; metafile: true } {
  return {
    stdin: { contents: program.source, resolveDir: REPO_ROOT, sourcefile: '<program>', loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: REPO_ROOT,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    charset: 'ascii',
    logLevel: 'silent',
    external: [...(program.external ?? [])],
    // Nothing that lies in the current folder, or beside a suite from elsewhere, has a say in our own build.
    // Fields by assignment: in this V8, defining them costs a call into an initializer for each object of the hot path.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    nodePaths: [],
    alias: { ses: join(REPO_ROOT, 'node_modules/ses/dist/ses.cjs') },
    plugins: [fromThisRepository],
  };
}

/** Packages are those of this repository, wherever the file lies that imports them. */
const fromThisRepository: Plugin = {
  name: 'from-this-repository',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir, pluginData }) => {
      const isInside = resolveDir === REPO_ROOT || resolveDir.startsWith(`${REPO_ROOT}/`);
      if (isInside || pluginData === fromThisRepository) return undefined;
      return build.resolve(path, { kind, resolveDir: REPO_ROOT, pluginData: fromThisRepository });
    });
  },
};

/** Puts a file in place all at once. */
export function replaceFile(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** Removes the bundles that this program's new one supersedes, and whatever nobody has made for long. */
function sweep(prefix: string, keep: string): void {
  for (const name of readdirSync(CACHE_FOLDER)) {
    if (name === keep) continue;
    const path = join(CACHE_FOLDER, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > (name.startsWith(prefix) ? KEEP_SUPERSEDED_MS : KEEP_MS)) rmSync(path, { force: true });
  }
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
