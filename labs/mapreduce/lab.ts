import { MAPREDUCE_CONTRACT } from '@lockstep/api';
import { defineLab } from '@lockstep/test-harness/suite';
import type { Budget, Part, WorldView } from '@lockstep/test-harness/suite';
import { judges } from './judges/index.ts';
import { boot, COORDINATOR } from './src/boot.ts';
import { Cluster } from './src/cluster.ts';
import type { Driver } from './src/driver.ts';
import { devices } from './src/lab-devices.ts';
import type { Seen } from './src/seen.ts';
import { Watch } from './src/watch.ts';
import { partA } from './suite/part-a.ts';
import { partB } from './suite/part-b.ts';
import { partC } from './suite/part-c.ts';

/**
 * A run of any test takes a correct implementation a few ten thousand events; one that never rests
 * should fail soon.
 */
const budget: Partial<Budget> = { events: 100_000, messages: 30_000, bytes: 20_000_000 };

/** Each run's own bookkeeping: made with its judges, and found again by its script. */
const watches = new WeakMap<object, Watch>();

function watchOf(world: WorldView): Watch {
  const watch = watches.get(world) ?? new Watch();
  watches.set(world, watch);
  return watch;
}

function ofThisLab(part: Part<Cluster>): Part<Cluster> {
  return {
    ...part,
    tests: part.tests.map((test) => ({ ...test, devices, budget: { ...budget, ...test.budget } })),
  };
}

export default defineLab<Driver, Cluster, Seen>({
  id: 'mapreduce',
  title: 'MapReduce',
  entry: 'mapreduce.ts',
  contract: MAPREDUCE_CONTRACT,
  reference: '../../libs/mapreduce/src/index.ts',
  layers: [],
  parts: [partA, partB, partC].map(ofThisLab),
  extraNodes: () => [{ id: COORDINATOR, role: 'coordinator' }],
  boot,
  sample: (driver) => driver.sample(),
  judges: (world) => [...judges(), watchOf(world)],
  script: (world) => new Cluster(world, watchOf(world)),
});
