import { runSimulation } from '@lockstep/test-harness/world';
import { labrpc } from '@lockstep/test-harness/faults';
import type { Host } from '@lockstep/api';
import type { Implementation, Lab, Observation, ScriptWorld } from '@lockstep/test-harness';
import type { Workload } from './workload.ts';

/** What the workload's node gives its script: how many calls it has made. */
interface Driver {
  readonly done: () => number;
}

type Factory = (host: Host, calls: number, inFlight: number, observe: (n: number) => void) => Driver;

/** An observation for each thousandth call: as dense as a Raft suite's applies. */
interface Seen extends Observation {
  readonly n: number;
}

/**
 * The same calls in the whole world, as suites use it: typed client, a deadline on every call, service times,
 * accounts, the course's faults (on a reliable network), hashing, a judge, a sample after each event.
 */
export async function fullWorld(workload: Workload, implementation: Implementation): Promise<number> {
  let done = 0;
  let last = 0;
  const lab: Lab<Driver, ScriptWorld<Driver>, Seen> = {
    id: 'bench',
    title: 'Bench',
    entry: 'bench.ts',
    contract: 'bench/1',
    reference: '',
    layers: [],
    boot: (context) => {
      const factory = context.exports['default'] as Factory;
      const observe = (n: number): void => context.observe({ kind: 'call', n });
      return factory(context.host, workload.calls, workload.inFlight, observe);
    },
    sample: (driver, { host }) => {
      if (host.id === 'n1') done = driver.done();
    },
    judges: () => [
      {
        property: 'calls end in order',
        observe: ({ n }) => {
          if (n < last)
            return { kind: 'safety', property: 'calls end in order', message: `${n} after ${last}` };
          last = n;
          return undefined;
        },
      },
    ],
    script: (world) => world,
    parts: [
      {
        id: 'A',
        title: 'calls',
        tests: [
          {
            id: 'bench/A/calls',
            title: 'calls',
            about: 'AppendEntries-sized calls',
            points: 1,
            servers: 3,
            timeLimitMs: 1e9,
            network: () => labrpc(),
            budget: { events: 1e9, messages: 1e9, bytes: 1e12 },
            run: async (world) => {
              const violation = () => ({
                kind: 'liveness' as const,
                property: 'progress',
                message: 'no end',
              });
              await world.until(() => done >= workload.calls, { withinMs: 1e9, everyMs: 100, violation });
            },
          },
        ],
      },
    ],
  };
  const result = await runSimulation({ lab, test: 'bench/A/calls', seed: '1', implementation });
  if (result.verdict.status !== 'pass') throw new Error(`the workload failed: ${result.verdict.message}`);
  return done;
}
