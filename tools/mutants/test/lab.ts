import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readReference, REPO_ROOT } from '@lockstep/test-harness/runner';
import type { LabInfo, ReferenceSources } from '@lockstep/test-harness/runner';
import type { MutableSources } from '../src/index.ts';
import { labIn } from '../../../test-harness/src/runner/labs.ts';

/** A lab whose suite knows very little: a node must not crash, and one of its tests wants it to count to three. */
export const FIXTURE = join(REPO_ROOT, 'tools/mutants/test/fixtures/counter');

/** The lab, with the sources of its reference. */
export async function counterLab(): Promise<{ readonly lab: LabInfo; readonly sources: ReferenceSources }> {
  const lab = await labIn(FIXTURE);
  return { lab, sources: readReference(lab) };
}

/** A file that only mutants are looked for in: nobody runs it. */
export function ledgerSources(): MutableSources {
  const folder = join(REPO_ROOT, 'tools/mutants/test/fixtures/ledger');
  const pathOf = (file: string): string => join(folder, file);
  return { files: new Map([['ledger.ts', readFileSync(pathOf('ledger.ts'), 'utf8')]]), pathOf };
}
