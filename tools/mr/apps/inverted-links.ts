import type { Application } from '@lockstep/api';

const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].sort();

/**
 * Who links to a page (the paper's reverse web-link graph, §2.3). A line of input is a page and the pages that it links
 * to, with spaces between; a line of output is a page and the pages that link to it.
 */
export const app: Application<readonly string[]> = {
  map(line, { emit }) {
    const [source, ...targets] = line.split(' ').filter((page) => page !== '');
    if (source === undefined) return;
    const from = [source];
    for (const target of targets) emit(target, from);
  },
  combine: (_, lists) => union(lists),
  reduce(target, lists, { write }) {
    write(`${target} ${union(lists).join(' ')}`);
  },
};
