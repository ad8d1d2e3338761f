import { buildFolder, buildReference, discoverLabs, runJob } from '@lockstep/test-harness/runner';
import type { BuildOutcome, LabInfo, Row } from '@lockstep/test-harness/runner';

/** This lab, as whoever runs suites sees it. */
export async function findLab(): Promise<LabInfo> {
  const labs = await discoverLabs();
  const lab = labs.find(({ id }) => id === 'raft');
  if (lab === undefined) throw new Error('the Raft lab is not among the labs');
  return lab;
}

/** What to run: the reference with a bug file applied, or a folder of ours. */
export type Code = { readonly patch: string } | { readonly folder: string };

/** Runs tests in the run child, as the command line and the grader do. */
export async function runTests(
  lab: LabInfo,
  code: Code,
  tests: readonly string[],
  seeds: readonly string[],
): Promise<readonly Row[]> {
  const built = await build(lab, code);
  if (!built.ok) throw new Error(built.message);
  const runs = tests.flatMap((test) => seeds.map((seed) => ({ test, seed })));
  const outcome = await runJob({ lab, implementation: built.bundle, layers: {}, runs }, () => {});
  if (outcome.internalError !== undefined) throw new Error(outcome.internalError);
  return outcome.rows;
}

function build(lab: LabInfo, code: Code): Promise<BuildOutcome> {
  return 'patch' in code ? buildReference(lab, code.patch) : buildFolder(code.folder, lab);
}
