import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A program that bare `node` runs: much faster to start than one that is translated when it is loaded. */
export interface Bundle {
  readonly path: string;
  remove(): void;
}

/** Bundles a program of `test/processes`. */
export async function bundleProgram(name: string): Promise<Bundle> {
  const directory = await mkdtemp(join(tmpdir(), 'lockstep-program-'));
  const path = join(directory, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  return { path, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
