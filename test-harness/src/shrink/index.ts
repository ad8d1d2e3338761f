export { shrink } from './shrink.ts';
export type { Candidate, ShrinkOptions, ShrinkProgress, Shrunk, ShrunkRun } from './shrink.ts';
export { readingSizeOf, sizeOf } from './size.ts';
export type { ReadingSize, RunSize } from './size.ts';
