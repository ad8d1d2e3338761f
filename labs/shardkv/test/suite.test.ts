import { suiteTests } from '@lockstep/test-harness/vitest';
import { describe, test } from 'vitest';

await suiteTests('shardkv', { describe, test });
