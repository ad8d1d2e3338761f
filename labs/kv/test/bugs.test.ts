import { catalogueTests } from '@lockstep/test-harness/vitest-bugs';
import { afterAll, describe, test } from 'vitest';

// Each bug on the one test that its file names; `lockstep bugs kv` tries them all.
await catalogueTests('kv', { describe, test, afterAll });
