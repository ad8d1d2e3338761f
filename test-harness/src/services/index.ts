/** What labs of services share, whose clients' operations are judged and whose servers stand on Raft. */
export { ClientMachine } from './client-machine.ts';
export type { Task } from './client-machine.ts';
export { ClientTasks } from './client-tasks.ts';
export type { Begun } from './client-tasks.ts';
export { crashAtWork } from './crash-at-work.ts';
export { cut, mend } from './cuts.ts';
export { kindOf } from '../world/kind-of.ts';
export { Lottery } from './lottery.ts';
export { mixedLoad, mixedOperation } from './mixed-load.ts';
export type { MixedLoad } from './mixed-load.ts';
export { RAFT_SCOPE, RaftBelow } from './raft-below.ts';
export type { StatusChanged } from './raft-below.ts';
export { readEntry, RecordedClerk } from './recorded-clerk.ts';
export { historyEventOf, Recorder } from './recorder.ts';
export type { Called, Returned } from './recorder.ts';
export { refused } from './refused.ts';
export { whenMade } from './when-made.ts';
