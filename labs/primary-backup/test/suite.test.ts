import { suiteTests } from '@lockstep/test-harness/vitest';
import { describe, test } from 'vitest';

// The reference passes every test; LOCKSTEP_SEED, LOCKSTEP_SEEDS and LOCKSTEP_FULL choose the seeds.
await suiteTests('primary-backup', { describe, test });
