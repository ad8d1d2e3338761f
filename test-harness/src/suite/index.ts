export { defineLab, definePart, defineTest } from './define.ts';
export { Interrupted, ViolationError } from './verdict.ts';
export type { FailureKind, Verdict, Violation } from './verdict.ts';
export type {
  BootContext,
  Budget,
  DeferredAnswer,
  Device,
  DeviceContext,
  DeviceWorld,
  Draw,
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
  WorldView,
} from './types.ts';
