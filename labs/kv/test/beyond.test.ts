import { ReferenceShelf, jobBase } from '@lockstep/grader';
import {
  buildReference,
  buildSources,
  discoverLabs,
  readSubmission,
  runJob,
  withSuites,
} from '@lockstep/test-harness/runner';
import type { Row } from '@lockstep/test-harness/runner';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ENGINE = { discoverLabs, readSubmission, buildSources, buildReference, runJob };
const PATIENCE_MS = 120_000;

describe('clocks beyond their bound', () => {
  it('break what leases promise within it, and the judges see that', { timeout: PATIENCE_MS }, async () => {
    const labs = await discoverLabs();
    const lab = labs.find(({ id }) => id === 'kv');
    if (lab === undefined) throw new Error('the key/value lab is not among the labs');
    const suites = [join(import.meta.dirname, 'beyond-the-bound.ts')];
    const loaded = { ...(await new ReferenceShelf(ENGINE, labs).load(lab)), suites };
    const rows: Row[] = [];
    const runs = [{ test: 'kv/Y/beyond', seed: '1' }];
    await runJob({ ...jobBase({ ...loaded, lab: await withSuites(lab, suites) }), runs }, (row) => {
      rows.push(row);
    });
    const broken = rows.flatMap(({ verdict }) => (verdict.status === 'fail' ? [verdict.property] : []));
    expect(broken).toEqual(['linearizability']);
  });
});
