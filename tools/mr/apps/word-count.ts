import type { Application } from '@lockstep/api';
import { eachWord, sum } from './words.ts';

/** How often each word occurs: `word count`, a line for each word. Words are letters that stand together. */
export const app: Application<number> = {
  map(line, { emit }) {
    eachWord(line, (word) => emit(word, 1));
  },
  combine: (_, counts) => sum(counts),
  reduce(word, counts, { write }) {
    write(`${word} ${sum(counts)}`);
  },
};
