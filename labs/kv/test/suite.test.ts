import { suiteTests } from '@lockstep/test-harness/vitest';
import { describe, test } from 'vitest';

await suiteTests('kv', { describe, test });
