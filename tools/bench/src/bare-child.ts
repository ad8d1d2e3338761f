import * as api from '@lockstep/api';
import type { Lab } from '@lockstep/test-harness/suite';
import { runSimulation } from '@lockstep/test-harness/world';
import { readFileSync, writeSync } from 'node:fs';
import { Script } from 'node:vm';

/** What the bare child is asked to do. */
export interface BareRequest {
  readonly js: string;
  readonly runs: readonly { readonly test: string; readonly seed: string }[];
}

/**
 * Makes runs without any containment: the world, the suite and the implementation in one ordinary realm, no watchdog,
 * no limits. For comparison only: the code could do anything here.
 */
export function serveBare(lab: Lab): void {
  const { js, runs } = JSON.parse(readFileSync(0, 'utf8')) as BareRequest;
  Object.assign(globalThis, { __lockstepApi: { ...api } });
  const script = new Script(`${js}\n;__lockstepExports`);
  const implementation = {
    name: 'bare',
    instantiate: () => script.runInThisContext() as Record<string, unknown>,
    describeStack: () => '',
  };
  setImmediate(() => {
    void (async () => {
      for (const run of runs) {
        const { traceHash, counters } = await runSimulation({ lab, implementation, ...run });
        writeSync(3, `${JSON.stringify({ ...run, traceHash, events: counters.events })}\n`);
      }
      process.exit(0);
    })();
  });
}
