import type { FileStore } from '@lockstep/api';

/** One map task's share of the input (paper §3.1): bytes `start` to `end` of a file, rounded to whole lines. */
export interface Split {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Cuts the inputs into splits of `splitBytes`; the last one of a file may be shorter, and an empty file has none. */
export async function makeSplits(
  shared: FileStore,
  inputs: readonly string[],
  splitBytes: number,
): Promise<Split[]> {
  if (!(splitBytes >= 1)) throw new RangeError(`a split can't have ${splitBytes} bytes`);
  const splits: Split[] = [];
  for (const path of inputs) {
    const size = await shared.size(path);
    for (let start = 0; start < size; start += splitBytes) {
      splits.push({ path, start, end: Math.min(size, start + splitBytes) });
    }
  }
  return splits;
}
