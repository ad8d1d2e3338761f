import type { Budget } from '@lockstep/test-harness/suite';
import relay from '../../relay/lab.ts';

/* The control of the attacks on budgets: the same lab without any. */

const budget: Budget = { events: 1e12, messages: 1e12, bytes: 1e15, timers: 1e12, logLines: 1e12 };

export default {
  ...relay,
  reference: '../../relay/reference/src/index.ts',
  parts: relay.parts.map((part) => ({ ...part, tests: part.tests.map((test) => ({ ...test, budget })) })),
};
