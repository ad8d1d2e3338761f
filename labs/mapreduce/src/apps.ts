import type { Application, Json } from '@lockstep/api';

/*
 * The applications of this lab's tests. Each record begins with a number of its own, which applications that count
 * words leave out: words have letters only.
 */

export type AppName = keyof typeof APPS;

/** What an application may ask of its machine. */
export interface Machine {
  /** A number that no other call gives: makes a map function that is not deterministic. */
  readonly draw: () => number;
}

const WORD = /[A-Za-zÀ-ÿΑ-ω一-龥]+/gu;

const words = (line: string): readonly string[] => line.match(WORD) ?? [];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const wordCount = (): Application<number> => ({
  map(line, { emit, count }) {
    for (const word of words(line)) emit(word, 1);
    count('records');
  },
  reduce(key, values, { write, count }) {
    write(`${key} ${sum(values)}`);
    count('words');
  },
});

/** With a combiner that adds up. */
const combined = (app: Application<number>): Application<number> => ({
  ...app,
  combine: (_, values) => sum(values),
});

/** Adds up the numbers of the records that each word is in: no two values of a key are equal. */
const sumOfRecords = (): Application<number> => ({
  ...wordCount(),
  map(line, { emit }) {
    for (const word of new Set(words(line))) emit(word, Number(line.split(' ')[0]));
  },
});

/** In which files each word is, as in the course. */
const indexer = (): Application<string> => ({
  map(line, { emit, path }) {
    for (const word of words(line)) emit(word, path);
  },
  reduce(key, values, { write }) {
    const paths = [...new Set(values)].sort();
    write(`${key} ${paths.length} ${paths.join()}`);
  },
});

/** Vowels first, the longest words first among them, each in a partition of its first letter. */
const ordered = (): Application<number> => ({
  ...wordCount(),
  partition: (key, reduceTasks) => (key.charCodeAt(0) | 32) % reduceTasks,
  compare: (a, b) => b.length - a.length || (a < b ? 1 : a > b ? -1 : 0),
});

/** Fails on records that hold the word `poison`, and on the key `venom`. */
const poisoned = (): Application<number> => {
  const app = wordCount();
  return {
    ...app,
    map(line, context) {
      if (line.includes('poison')) throw new Error('this record is bad');
      return app.map(line, context);
    },
    reduce(key, values, context) {
      if (key === 'venom') throw new Error('this key is bad');
      return app.reduce(key, values, context);
    },
  };
};

/**
 * Not deterministic: each execution of map gives a record another tag. Under one key come the tags of all records of a
 * file, so that an output shows which executions it was made from.
 */
const tagged = (machine: Machine): Application<readonly string[]> => ({
  map(line, { emit, path }) {
    const tag = `${machine.draw()}`;
    for (const word of words(line)) emit(word, [path, line.split(' ')[0] ?? '', tag]);
  },
  reduce(key, values, { write }) {
    for (const value of values) write([key, ...value].join(' '));
  },
});

const APPS = {
  'word-count': wordCount,
  'combined-word-count': () => combined(wordCount()),
  sum: sumOfRecords,
  'combined-sum': () => combined(sumOfRecords()),
  indexer,
  ordered,
  poisoned,
  tagged,
} as const;

/** The application of that name, for one machine. */
export function makeApp(name: AppName, machine: Machine): Application {
  return APPS[name](machine) as Application<Json>;
}
