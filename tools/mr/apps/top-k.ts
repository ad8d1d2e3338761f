import type { AppExport } from '../src/app-setup.ts';
import { AppError } from '../src/app-setup.ts';

/** A line with its number. */
type Scored = readonly [score: number, line: string];

const DEFAULT_K = 10;

/** The largest number first; equal ones in the order of their lines. */
const byScore = (a: Scored, b: Scored): number => b[0] - a[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0);

/**
 * The k lines (`--set k=10`) whose last field is the largest number, for example of what the word count has written.
 * Lines that end in no number are left out, and counted.
 */
export const app: AppExport<readonly Scored[]> = ({ options }) => {
  const k = Number(options['k'] ?? DEFAULT_K);
  if (!Number.isInteger(k) || k < 1) throw new AppError('top-k wants a whole number from 1 up: --set k=10');
  const top = (lists: readonly (readonly Scored[])[]): readonly Scored[] =>
    lists.flat().sort(byScore).slice(0, k);
  return {
    map(line, { emit, count }) {
      const last = line.slice(line.lastIndexOf(' ') + 1);
      const score = Number(last);
      if (last === '' || !Number.isFinite(score)) return count('lines without a number');
      emit('top', [[score, line]]);
    },
    combine: (_, lists) => top(lists),
    reduce(_, lists, { write }) {
      for (const [, line] of top(lists)) write(line);
    },
  };
};
