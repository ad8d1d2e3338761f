import { MAPREDUCE_CONTRACT } from '@lockstep/api';
import type { CoordinatorFactory, MapReduce, WorkerFactory } from '@lockstep/api';
import { JobCoordinator } from './coordinator.ts';
import { Worker } from './worker.ts';

/** The version of the contract that this library keeps. */
export const contract = MAPREDUCE_CONTRACT;

/** Makes the coordinator of a job; it serves workers as soon as it has cut the inputs into splits. */
export const coordinator: CoordinatorFactory = (host, job, deps) => {
  const made = new JobCoordinator(host, job, deps);
  void made.start();
  return made;
};

/** Makes the worker of a machine, and sets it to work. */
export const worker: WorkerFactory = (host, coordinatorId, app, deps) => {
  const made = new Worker(host, coordinatorId, app, deps);
  void made.run();
  return made;
};

/** Coordinator and worker together: what the lab and the command line load. */
export const mapReduce: MapReduce = { coordinator, worker };

// The loader takes an implementation by its entry's default export, as it does submissions.
export { mapReduce as default };
export { hashPartition } from './partition.ts';
export { makeSplits } from './splits.ts';
export type { Split } from './splits.ts';
export { runSequentially } from './sequential.ts';
export type { SequentialResult } from './sequential.ts';
