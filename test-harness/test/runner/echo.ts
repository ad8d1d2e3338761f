import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { buildFolder, runJob } from '../../src/runner/index.ts';
import type { BuildOutcome, Bundle, Job, LabInfo, Row } from '../../src/runner/index.ts';
import { labIn } from '../../src/runner/labs.ts';

export const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '../fixtures');

/** The lab in which an implementation may do what it likes. */
export function echoLab(): Promise<LabInfo> {
  return labIn(join(FIXTURES, 'echo'));
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own with these files; removed after the tests of the file. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Bundles a submission to the echo lab: one file's text, or several files. */
export async function build(code: string | Readonly<Record<string, string>>): Promise<BuildOutcome> {
  return buildFolder(folderOf(typeof code === 'string' ? { 'echo.ts': code } : code), await echoLab());
}

/** Like {@link build}; a submission that can't be bundled fails the test. */
export async function bundle(code: string | Readonly<Record<string, string>>): Promise<Bundle> {
  const outcome = await build(code);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.bundle;
}

/** A job of the echo lab: `echo/A/boot` with seed 1, recorded, unless told otherwise. */
export async function jobFor(
  code: string | Readonly<Record<string, string>>,
  more: Partial<Job> = {},
): Promise<Job> {
  return {
    lab: await echoLab(),
    implementation: await bundle(code),
    layers: {},
    runs: [{ test: 'echo/A/boot', seed: '1' }],
    record: true,
    ...more,
  };
}

/** Runs a job of one run, and gives its row. */
export async function runOne(
  code: string | Readonly<Record<string, string>>,
  more: Partial<Job> = {},
): Promise<Row> {
  const { rows, internalError } = await runJob(await jobFor(code, more), () => undefined);
  const [row] = rows;
  if (row === undefined) throw new Error(internalError ?? 'no row');
  return row;
}

/** What the submission's code logged on a node, in order. */
export function logsOf(row: Row, node = 'n1'): string[] {
  return (row.trace ?? [])
    .filter((event) => event.kind === 'log' && event.node === node)
    .map(({ text }) => text);
}

/** Runs code at each node's boot, and gives what it logged at the first boot of `n1`. */
export async function logsOfBody(body: string): Promise<string[]> {
  const row = await runOne(`export default async function make(host: any) { ${body}\n return {}; }`, {
    runs: [{ test: 'echo/A/single', seed: '1' }],
  });
  if (row.verdict.status === 'fail') throw new Error(`${row.verdict.message}\n${row.verdict.stack ?? ''}`);
  return logsOf(row);
}
