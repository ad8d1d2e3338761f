import type { Application } from '@lockstep/api';
import { eachWord } from './words.ts';

const union = (lists: readonly (readonly string[])[]): readonly string[] => [...new Set(lists.flat())].sort();

/** In which files each word is: `word count file,file,…`, as the course's indexer has it. */
export const app: Application<readonly string[]> = {
  map(line, { emit, path }) {
    const here = [path];
    eachWord(line, (word) => emit(word, here));
  },
  combine: (_, lists) => union(lists),
  reduce(word, lists, { write }) {
    const files = union(lists);
    write(`${word} ${files.length} ${files.join(',')}`);
  },
};
