export { ReplicatedStateMachine } from './rsm.ts';
export type { ReadMode, RsmDeps, RsmOptions } from './rsm.ts';
export type { Answered, StateMachine, Submitted } from './state-machine.ts';
