import type { AppExport } from '../src/app-setup.ts';
import { sum } from './words.ts';

/**
 * Sorts all lines, by UTF-16 code units: within an output, and from each output to the next, so that the outputs one
 * after the other are the whole in order. Where one range of lines ends and the next begins is learnt from a sample.
 */
export const app: AppExport<number> = ({ sample }) => {
  const sorted = [...sample].sort();
  return {
    map: (line, { emit }) => emit(line, 1),
    combine: (_, counts) => sum(counts),
    reduce(line, counts, { write }) {
      for (let n = sum(counts); n > 0; n--) write(line);
    },
    // The share of the sample that is less than the line.
    partition: (line, reduceTasks) =>
      Math.min(reduceTasks - 1, Math.floor((rank(sorted, line) * reduceTasks) / (sorted.length + 1))),
  };
};

/** How many of the sorted lines are less than or equal to `line`. */
function rank(sorted: readonly string[], line: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}
