#!/usr/bin/env node
// Starts the command line: plain JavaScript, so that nothing has to be compiled before it. The command line itself
// is bundled into one file, made again whenever a source that it was made from has changed. Everything is found from
// this file's own place: the current folder may be a submission's, and has no say here.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR = '20';
/** Our own fault, in the table of exit statuses that all commands share. */
const INTERNAL_ERROR = 3;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const cache = join(root, '.lockstep/cache');
const indexFile = join(cache, 'cli.json');

/** One digest over names and contents of all inputs, relative to the repository; `undefined` when one is gone. */
function digestOf(inputs) {
  const hash = createHash('sha256').update(process.version);
  try {
    for (const input of inputs) {
      const content = readFileSync(join(root, input));
      hash.update(`\n${input} ${content.length}\n`).update(content);
    }
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}

function cached() {
  try {
    const { inputs, digest, output } = JSON.parse(readFileSync(indexFile, 'utf8'));
    const path = join(cache, output);
    return digest === digestOf(inputs) && existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

async function build() {
  process.stderr.write('lockstep: building the command line (its sources are new)\n');
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    entryPoints: [join(root, 'tools/cli/src/main.ts')],
    bundle: true,
    write: false,
    metafile: true,
    outdir: cache,
    absWorkingDir: root,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'ascii',
    logLevel: 'silent',
    external: ['esbuild', 'typescript'],
    // Ours, so that no tsconfig.json is looked for.
    tsconfigRaw: {
      compilerOptions: { useDefineForClassFields: true, jsx: 'react-jsx', jsxImportSource: 'preact' },
    },
    // Packages in the older module format ask for Node's own modules in their way.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  // Whatever else the output depends on: this very file, and the bundler.
  const own = ['tools/cli/bin/lockstep.mjs', 'node_modules/esbuild/package.json'];
  const inputs = [...own, ...Object.keys(result.metafile.inputs)].sort();
  const code = result.outputFiles[0].text;
  const output = `cli-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`;
  mkdirSync(cache, { recursive: true });
  replaceFile(join(cache, output), code);
  replaceFile(indexFile, JSON.stringify({ inputs, digest: digestOf(inputs), output }));
  for (const name of readdirSync(cache)) {
    if (/^cli-[0-9a-f]+\.mjs$/.test(name) && name !== output) rmSync(join(cache, name), { force: true });
  }
  return join(cache, output);
}

/** Puts a file in place all at once: another process may be reading it. */
function replaceFile(path, content) {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** Whoever reads the output may have seen enough: `lockstep labs | head`. */
function endWithReader(error) {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

async function main() {
  process.stdout.on('error', endWithReader);
  const [major] = process.versions.node.split('.');
  if (major !== NODE_MAJOR) {
    throw new Error(
      `Lockstep needs Node ${NODE_MAJOR}, and this is ${process.version}: runs differ between majors.`,
    );
  }
  if (!existsSync(join(root, 'node_modules/esbuild'))) {
    throw new Error(`The dependencies are not installed: run "npm ci" in ${root}.`);
  }
  const path = cached() ?? (await build());
  await import(pathToFileURL(path).href);
}

main().catch((error) => {
  process.stderr.write(`lockstep: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = INTERNAL_ERROR;
});
