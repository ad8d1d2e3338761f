export { shrink } from './shrink.ts';
export type { Candidate, ShrinkOptions, ShrinkProgress, Shrunk, ShrunkRun } from './shrink.ts';
export { sizeOf } from './size.ts';
export type { RunSize } from './size.ts';
