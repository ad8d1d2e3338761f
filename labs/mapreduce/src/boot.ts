import { MAPREDUCE_CONTRACT } from '@lockstep/api';
import type { Coordinator, MapReduce, MapReduceWorker } from '@lockstep/api';
import { refused } from '@lockstep/test-harness/services';
import type { BootContext } from '@lockstep/test-harness/suite';
import { makeApp } from './apps.ts';
import { CoordinatorDriver, WorkerDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import { makeStore } from './file-stores.ts';
import { HeldBytes } from './held-bytes.ts';
import { instrument } from './instrument.ts';
import type { Posting } from './job-board.ts';
import type { Seen } from './seen.ts';

/** The machine on which the coordinator runs. */
export const COORDINATOR = 'c';

/**
 * Learns what job there is, and starts the implementation's coordinator or worker. Until then the
 * machine is booting.
 */
export async function boot(context: BootContext<Seen>): Promise<Driver> {
  const factories = readFactories(context.exports);
  const board = context.deps.board as { read(args: undefined): Promise<Posting> };
  const posting = await board.read(undefined);
  return context.role === 'coordinator'
    ? startCoordinator(context, factories, posting)
    : startWorker(context, factories, posting);
}

async function startCoordinator(
  context: BootContext<Seen>,
  factories: MapReduce,
  { job }: Posting,
): Promise<CoordinatorDriver> {
  const shared = makeStore(context.deps.shared);
  const made: unknown = await factories.coordinator(context.host, job, Object.freeze({ shared }));
  return new CoordinatorDriver(fitting<Coordinator>(made, 'coordinator', 'progress'), context);
}

async function startWorker(
  context: BootContext<Seen>,
  factories: MapReduce,
  posting: Posting,
): Promise<WorkerDriver> {
  const { host, deps, boot: bootNumber } = context;
  const { memoryBytes, pace, recordMs = 0, keyMs = 0 } = posting;
  const speed = { pace: pace?.[host.id] ?? 1 };
  const held = new HeldBytes();
  let drawn = 0;
  const app = instrument(makeApp(posting.app, { draw: () => bootNumber * 1_000_000 + ++drawn }), {
    observe: context.observe,
    sleep: (ms) => host.clock.sleep(ms),
    recordMs: () => recordMs * speed.pace,
    keyMs: () => keyMs * speed.pace,
    emitted: (key, value) => held.emitted(key, value),
  });
  const stores = Object.freeze({
    shared: makeStore(deps.shared),
    local: held.watch(makeStore(deps.local)),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  });
  const made: unknown = await factories.worker(host, COORDINATOR, app, stores);
  return new WorkerDriver(fitting<MapReduceWorker>(made, 'worker', 'status'), context, speed, held);
}

/** The entry file's default export; throws one clear sentence when it is no coordinator and worker. */
export function readFactories(exports: Readonly<Record<string, unknown>>): MapReduce {
  const { default: made, contract = MAPREDUCE_CONTRACT } = exports;
  if (contract !== MAPREDUCE_CONTRACT) {
    throw refused(`mapreduce.ts exports another contract than this lab's, which is "${MAPREDUCE_CONTRACT}"`);
  }
  if (made === undefined)
    throw refused('mapreduce.ts has no default export; it must be { coordinator, worker }');
  if (typeof made !== 'object' || made === null) {
    throw refused('the default export of mapreduce.ts is no object; it must be { coordinator, worker }');
  }
  for (const role of ['coordinator', 'worker'] as const) {
    if (typeof (made as Partial<MapReduce>)[role] === 'function') continue;
    throw refused(`the default export of mapreduce.ts has no function ${role}`);
  }
  return made as MapReduce;
}

function fitting<T extends object>(made: unknown, role: string, method: keyof T & string): T {
  if (typeof made === 'object' && made !== null && typeof (made as Partial<T>)[method] === 'function')
    return made as T;
  throw refused(`what ${role} in mapreduce.ts gave has no method ${method}()`);
}
