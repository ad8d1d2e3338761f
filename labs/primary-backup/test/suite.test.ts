import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildReference, discoverLabs } from '@lockstep/test-harness/runner';
import { suiteTests } from '@lockstep/test-harness/vitest';
import { describe, expect, it, test } from 'vitest';

const bugs = join(import.meta.dirname, '..', 'bugs');
/** A bundle takes a moment, and there is one for each bug. */
const PATIENCE_MS = 120_000;

// The reference passes every test; LOCKSTEP_SEED, LOCKSTEP_SEEDS and LOCKSTEP_FULL choose the seeds.
await suiteTests('primary-backup', { describe, test });

describe('the catalogue of bugs', () => {
  it('still fits the reference, bug by bug', { timeout: PATIENCE_MS }, async () => {
    const lab = (await discoverLabs()).find(({ id }) => id === 'primary-backup');
    if (lab === undefined) throw new Error('the lab is not among the labs');
    const refused: string[] = [];
    for (const name of readdirSync(bugs).filter((file) => file.endsWith('.json'))) {
      const built = await buildReference(lab, join(bugs, name));
      if (!built.ok) refused.push(built.message);
    }
    expect(refused).toEqual([]);
  });
});
