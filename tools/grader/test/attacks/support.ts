import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOf, runJob } from '@lockstep/test-harness/runner';
import type { Bundle, Job, JobOutcome, LabInfo } from '@lockstep/test-harness/runner';
import { afterAll } from 'vitest';
import { bundleOwnSources } from '../../../../test-harness/src/load/bundle.ts';
import { runChild } from '../../../../test-harness/src/runner/child-process.ts';
import { labIn } from '../../../../test-harness/src/runner/labs.ts';

/** Where the attacks are. */
export const ATTACKS = join(dirname(fileURLToPath(import.meta.url)), '../../attacks');

/** A lab that they are made on; a variant of one by its folder. */
export function attackLab(folder = 'relay'): Promise<LabInfo> {
  return labIn(join(ATTACKS, folder));
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

/** Bundles an attack as a submission. None of these is made to crash the bundler, so it takes no child. */
export async function bundleAttack(
  code: string,
  more: Readonly<Record<string, string>> = {},
  entry = 'relay.ts',
): Promise<Bundle> {
  const files = new Map([[entry, code], ...Object.entries(more)]);
  const sources = { name: 'attack', root: '/', files, unread: new Map<string, string>() };
  const built = await bundleOwnSources(sources, entry, { name: 'attack', debug: false });
  if (!built.ok) throw new Error(built.message);
  return built.bundle;
}

/** Runs an attack as the grader would, on a lab in this folder. */
export async function runWalled(
  bundle: Bundle,
  more: Partial<Job> = {},
  folder = 'relay',
): Promise<JobOutcome> {
  const lab = await attackLab(folder);
  const runs = [{ test: 'relay/A/handover', seed: '1' }];
  return runJob({ lab, implementation: bundle, layers: {}, runs, ...more }, () => undefined);
}

/** Kind and property of the first run's failure, or `pass`. */
export function verdictOf({ rows: [row], internalError }: JobOutcome): string {
  if (internalError !== undefined || row === undefined) return internalError ?? 'nothing';
  return row.verdict.status === 'pass' ? 'pass' : `${row.verdict.kind}: ${row.verdict.property}`;
}

/** What a program without the wall of the language came to; the first line that anybody writes is the verdict. */
export interface NaiveRun {
  readonly hasStarted: boolean;
  readonly verdict: unknown;
}

/** Runs an attack with the wall of the language taken away, and all limits of ours. */
export async function runNaively(bundle: Bundle, wallMs = 20_000): Promise<NaiveRun> {
  const script = await bundleOf({
    name: 'naive',
    source: `import ${JSON.stringify(join(ATTACKS, 'naive-child.ts'))};`,
  });
  let verdict: unknown;
  let hasStarted = false;
  await runChild({
    script,
    nodeFlags: ['--no-warnings'],
    input: JSON.stringify({ js: bundle.js, test: 'relay/A/handover', seed: '1' }),
    onLine: (line) => {
      const message = JSON.parse(line) as { started?: true; verdict?: { status?: unknown } };
      hasStarted ||= message.started === true;
      verdict ??= message.verdict?.status;
    },
    dataMb: 4000,
    maxLineBytes: 1 << 20,
    wallMs,
  });
  return { hasStarted, verdict };
}

/** Does `work` for each item, two at a time. */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}
