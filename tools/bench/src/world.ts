import * as api from '@lockstep/api';
import { makeDrain } from '../../../test-harness/src/world/drain.ts';
import { makeImplementation } from '../../../test-harness/src/load/compartment.ts';
import type { Bundle } from '@lockstep/test-harness/runner';
import { bareLoop } from './bare-loop.ts';
import { fullWorld } from './full-world.ts';
import { appendEntries } from './workload.ts';

/** Calls of one round. */
const CALLS = 200_000;

/** Rounds in one process; the contestants take turns, so that what else the machine does hits all of them. */
const ROUNDS = 5;

/** Contestants by name, each with its calls per second. */
export type Speeds = Record<string, number[]>;

interface Contestant {
  readonly name: keyof Speeds;
  readonly run: () => number | Promise<number>;
}

/** Measures the world and the bare loop, in a hardened process as the run child is one. */
export async function benchWorld(bundle: Bundle): Promise<Speeds> {
  const implementation = makeImplementation(bundle, { api, label: 'bench' });
  const full: Contestant = { name: 'world', run: () => fullWorld(appendEntries(CALLS), implementation) };
  const bare: Contestant = {
    name: 'bare',
    run: () => inMacrotask(() => bareLoop(appendEntries(CALLS), makeDrain())),
  };
  const speeds: Speeds = { world: [], bare: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const contestant of [full, bare]) speeds[contestant.name]?.push(await callsPerSecond(contestant));
  }
  return speeds;
}

async function callsPerSecond(contestant: Contestant): Promise<number> {
  const start = performance.now();
  const done = await contestant.run();
  if (done < CALLS) throw new Error(`${contestant.name}: ${done} of ${CALLS} calls`);
  return (CALLS / (performance.now() - start)) * 1000;
}

/** Microtasks can be drained only from outside of them. */
function inMacrotask<T>(body: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(body());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
}
