import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOf, buildSources, runJob } from '@lockstep/test-harness/runner';
import type { Bundle, Job, JobOutcome, LabInfo } from '@lockstep/test-harness/runner';
import { afterAll } from 'vitest';
import { runChild } from '../../../../test-harness/src/runner/child-process.ts';
import { labIn } from '../../../../test-harness/src/runner/labs.ts';

/** Where the attacks are. */
export const ATTACKS = join(dirname(fileURLToPath(import.meta.url)), '../../attacks');

/** The lab that they are made on. */
export function relayLab(): Promise<LabInfo> {
  return labIn(join(ATTACKS, 'relay'));
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-attack-'));
  folders.push(folder);
  return folder;
}

/** Bundles an attack as a submission. */
export async function bundleAttack(code: string): Promise<Bundle> {
  const files = new Map([['relay.ts', code]]);
  const sources = { name: 'attack', root: '/', files, unread: new Map<string, string>() };
  const built = await buildSources(sources, { entry: 'relay.ts' });
  if (!built.ok) throw new Error(built.message);
  return built.bundle;
}

/** Runs an attack as the grader would. */
export async function runWalled(bundle: Bundle, more: Partial<Job> = {}): Promise<JobOutcome> {
  const lab = await relayLab();
  const runs = [{ test: 'relay/A/handover', seed: '1' }];
  return runJob({ lab, implementation: bundle, layers: {}, runs, ...more }, () => undefined);
}

/** Runs an attack with the wall of the language taken away; the first line that anybody writes is the verdict. */
export async function runNaively(bundle: Bundle): Promise<unknown> {
  const script = await bundleOf({
    name: 'naive',
    source: `import ${JSON.stringify(join(ATTACKS, 'naive-child.ts'))};`,
  });
  let verdict: unknown;
  await runChild({
    script,
    nodeFlags: ['--no-warnings'],
    input: JSON.stringify({ js: bundle.js, test: 'relay/A/handover', seed: '1' }),
    onLine: (line) => {
      verdict ??= (JSON.parse(line) as { verdict?: { status?: unknown } }).verdict?.status;
    },
    dataMb: 1000,
    maxLineBytes: 1 << 20,
    wallMs: 20_000,
  });
  return verdict;
}

/** Does `work` for each item, two at a time. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}
