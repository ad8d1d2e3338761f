import { catalogueTests } from '@lockstep/test-harness/vitest-bugs';
import { afterAll, describe, test } from 'vitest';

// Each bug on the one test that its file names; `lockstep bugs mapreduce` tries them all.
await catalogueTests('mapreduce', { describe, test, afterAll });
