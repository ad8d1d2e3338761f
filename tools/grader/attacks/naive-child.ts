/*
 * The wall of the language taken away: the same simulated world, the same lab, but the submission's code is evaluated
 * in this very realm. Shows that an attack is one.
 */
import * as api from '@lockstep/api';
import { readFileSync, writeSync } from 'node:fs';
import { runSimulation } from '@lockstep/test-harness/world';
import lab from './relay/lab.ts';

const { js, test, seed } = JSON.parse(readFileSync(0, 'utf8')) as { js: string; test: string; seed: string };
Object.assign(globalThis, { __lockstepApi: { ...api }, require });

const implementation = {
  name: 'attack',
  instantiate: () => (0, eval)(`${js}\n;__lockstepExports`) as Record<string, unknown>,
  describeStack: () => '',
};

writeSync(3, '{"started":true}\n');
setImmediate(() => {
  void runSimulation({ lab: lab as never, test, seed, implementation }).then((result) => {
    writeSync(3, `${JSON.stringify({ verdict: result.verdict })}\n`);
    process.exit(0);
  });
});
