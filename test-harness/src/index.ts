/**
 * The simulated world, the fault models, the suite format and the runner of the labs.
 *
 * @packageDocumentation
 */
export { defineLab, definePart, defineTest, Interrupted, ViolationError } from './suite/index.ts';
export type {
  BootContext,
  Budget,
  Device,
  DeviceContext,
  Draw,
  FailureKind,
  Judge,
  Lab,
  Moment,
  NetworkControl,
  NodeSpec,
  Observation,
  Part,
  ScriptWorld,
  Situation,
  Test,
  Verdict,
  Violation,
  WorldView,
} from './suite/index.ts';
export { runSimulation } from './world/index.ts';
export type { BoundResult, Implementation, RunOptions, RunResult } from './runner/run.ts';
