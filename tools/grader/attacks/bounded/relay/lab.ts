import type { Budget } from '@lockstep/test-harness/suite';
import relay from '../../relay/lab.ts';

/* The same lab with small budgets, so that an attack on them need not be large. */

const budget: Budget = { events: 5_000, messages: 2_000, bytes: 1_000_000, timers: 1_000, logLines: 100 };

export default {
  ...relay,
  reference: '../../relay/reference/src/index.ts',
  parts: relay.parts.map((part) => ({ ...part, tests: part.tests.map((test) => ({ ...test, budget })) })),
};
