/** Judges of properties that more than one system promises. A system's own judges live with its lab. */
export { exactlyOnce, tokenOf } from './exactly-once.ts';
export type { AppendEvent } from './exactly-once.ts';
export type { HistoryEvent } from './history.ts';
export { linearizable } from './linearizable.ts';
export { mutualExclusion } from './mutual-exclusion.ts';
export type { LockEvent } from './mutual-exclusion.ts';
