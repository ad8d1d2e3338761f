/**
 * The simulated world, the fault models, the suite format and the runner of the labs.
 *
 * @packageDocumentation
 */
export * from './suite/index.ts';
export { runSimulation } from './world/index.ts';
export type { BoundResult, Implementation, RunOptions, RunResult } from './runner/run.ts';
