import type { AppExport } from '../src/app-setup.ts';
import { AppError } from '../src/app-setup.ts';
import { sum } from './words.ts';

/**
 * The lines that match a pattern, `file: line`, in order: `--set pattern=REGEXP`, and `--set flags=i` to ignore case.
 */
export const app: AppExport<number> = ({ options }) => {
  const pattern = compile(options['pattern'], options['flags']);
  return {
    map(line, { emit, path, count }) {
      if (!pattern.test(line)) return;
      emit(`${path}: ${line}`, 1);
      count('matching lines');
    },
    combine: (_, counts) => sum(counts),
    reduce(line, counts, { write }) {
      for (let n = sum(counts); n > 0; n--) write(line);
    },
  };
};

function compile(pattern: string | undefined, flags = ''): RegExp {
  if (pattern === undefined) throw new AppError('grep wants a pattern: --set pattern=REGEXP');
  try {
    // With `g` or `y` a test would begin where the last one has ended.
    return new RegExp(pattern, flags.replace(/[gy]/g, ''));
  } catch (error) {
    throw new AppError(error instanceof Error ? error.message : String(error));
  }
}
