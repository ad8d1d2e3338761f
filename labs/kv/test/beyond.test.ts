import { buildReference, discoverLabs, runJob, withSuites } from '@lockstep/test-harness/runner';
import type { Bundle, LabInfo, Row } from '@lockstep/test-harness/runner';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const PATIENCE_MS = 120_000;

async function bundleOf(lab: LabInfo | undefined): Promise<Bundle> {
  const built = lab === undefined ? undefined : await buildReference(lab);
  if (built?.ok !== true) throw new Error('a reference cannot be built');
  return built.bundle;
}

describe('clocks beyond their bound', () => {
  it('break what leases promise within it, and the judges see that', { timeout: PATIENCE_MS }, async () => {
    const labs = await discoverLabs();
    const [lab, raft] = ['kv', 'raft'].map((wanted) => labs.find(({ id }) => id === wanted));
    if (lab === undefined) throw new Error('the key/value lab is not among the labs');
    const suites = [join(import.meta.dirname, 'suites', 'beyond-the-bound.ts')];
    const job = {
      lab: await withSuites(lab, suites),
      implementation: await bundleOf(lab),
      layers: { raft: await bundleOf(raft) },
      suites,
      runs: [{ test: 'kv/Y/beyond', seed: '1' }],
    };
    const rows: Row[] = [];
    await runJob(job, (row) => void rows.push(row));
    expect(rows.flatMap(({ verdict }) => (verdict.status === 'fail' ? [verdict.property] : []))).toEqual([
      'linearizability',
    ]);
  });
});
