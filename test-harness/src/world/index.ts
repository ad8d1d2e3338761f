export { runSimulation } from './simulate.ts';
export { copyPlain, copyValue, lastCopy } from './copy.ts';
export type { Copied } from './copy.ts';
export type { Counters } from './accounts.ts';
export { UNHANDLED_GRACE_MS } from './rejections.ts';
