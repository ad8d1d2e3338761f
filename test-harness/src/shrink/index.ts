export { shrink, sizeOf } from './shrink.ts';
export type { RunSize, ShrinkOptions, ShrinkProgress, Shrunk, ShrunkRun } from './shrink.ts';
