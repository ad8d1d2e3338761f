import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { REPO_ROOT } from '@lockstep/test-harness/runner';
import type { InputFile } from './job-spec.ts';
import { JobRefused, reasonOf } from './refusal.ts';
import { SHIPPED_APPS, shippedApp } from './shipped-apps.ts';

/** An application as one piece of JavaScript. */
export interface BuiltApp {
  readonly code: string;
  readonly digest: string;
}

/**
 * Bundles an application: a shipped one by its name, any other by its file.
 *
 * @throws {@link JobRefused} when there is none, or it is no TypeScript.
 */
export async function buildApp(nameOrFile: string): Promise<BuiltApp> {
  const file = existsSync(nameOrFile) ? resolve(nameOrFile) : shippedApp(nameOrFile);
  if (file === undefined) {
    const names = Object.keys(SHIPPED_APPS).join(', ');
    throw new JobRefused(
      `There is no file ${nameOrFile}, and no application of that name: there is ${names}.`,
    );
  }
  try {
    const { outputFiles } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'silent',
      alias: { '@lockstep/api': join(REPO_ROOT, 'libs/api/src/index.ts') },
      tsconfigRaw: {},
    });
    const code = outputFiles[0]?.text ?? '';
    return { code, digest: createHash('sha256').update(code).digest('hex') };
  } catch (error) {
    const [first = ''] = reasonOf(error).split('\n').slice(1);
    throw new JobRefused(
      `${nameOrFile} can't be bundled: ${first.replace(/^.*?error: /i, '') || reasonOf(error)}`,
    );
  }
}

/**
 * The input files that were typed; a folder stands for the files in it.
 *
 * @throws {@link JobRefused} when one is not there, or there twice.
 */
export async function findInputs(typed: readonly string[]): Promise<InputFile[]> {
  const inputs: InputFile[] = [];
  for (const name of typed) {
    const found = await describe(name);
    inputs.push(...(found === 'folder' ? await filesOf(name) : [found]));
  }
  if (inputs.length === 0) throw new JobRefused('There are no input files.');
  const names = new Set<string>();
  for (const { name } of inputs) {
    if (names.has(name)) throw new JobRefused(`${name} is there twice.`);
    names.add(name);
  }
  return inputs;
}

async function describe(name: string): Promise<InputFile | 'folder'> {
  const path = resolve(name);
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'folder';
    if (!found.isFile()) throw new JobRefused(`${name} is no file that can be read twice.`);
    return { name, path, bytes: found.size, mtimeMs: found.mtimeMs };
  } catch (error) {
    if (error instanceof JobRefused) throw error;
    throw new JobRefused(`The input ${name} can't be read: ${reasonOf(error)}.`);
  }
}

async function filesOf(folder: string): Promise<InputFile[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const found = await Promise.all(names.map((name) => describe(join(folder, name))));
  return found.filter((file) => file !== 'folder');
}

const SAMPLES = 400;
const SAMPLE_BYTES = 4_096;

/** Lines from places that are evenly spread over the inputs; the same ones each time. */
export async function sampleLines(inputs: readonly InputFile[]): Promise<string[]> {
  const total = inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const lines: string[] = [];
  let before = 0;
  for (const { path, bytes } of inputs) {
    const count = Math.ceil(((before + bytes) * SAMPLES) / total) - Math.ceil((before * SAMPLES) / total);
    before += bytes;
    if (count === 0 || bytes === 0) continue;
    const handle = await open(path, 'r');
    try {
      for (let n = 0; n < count; n++) {
        const { buffer, bytesRead } = await handle.read(
          Buffer.alloc(SAMPLE_BYTES),
          0,
          SAMPLE_BYTES,
          Math.floor((bytes * n) / count),
        );
        // The first line may have begun before, and the last one may go on.
        const [, whole] = buffer.toString('utf8', 0, bytesRead).split('\n', 3);
        if (whole !== undefined && whole !== '') lines.push(whole);
      }
    } finally {
      await handle.close();
    }
  }
  return lines;
}
