/** One small change of one file of a reference. */
export interface Mutant {
  /** Path in the library's `src` folder, or in that of a library that it is built from: `@lockstep/rsm/waiters.ts`. */
  readonly file: string;
  /** Of the change's beginning, from 1. */
  readonly line: number;
  /** What kind of change it is: `relation`, `await`, … */
  readonly operator: string;
  /** The lines that the change touches, as they are and as they become; spaces are of no account. */
  readonly before: string;
  readonly after: string;
  /** Which of the equal lines of the file it is, from 1. */
  readonly occurrence: number;
  /** The text that replaces what lies between two offsets of the file. */
  readonly edit: Edit;
  /** Offset of the body of the innermost function around it, just behind its brace; absent outside of functions. */
  readonly functionBody?: number;
}

/** See {@link Mutant.edit}. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What names a mutant in the list of explained ones: its place in the text, not its line number. */
export type MutantKey = Pick<Mutant, 'file' | 'before' | 'after' | 'occurrence'>;

/** The key as one text. */
export function keyOf({ file, before, after, occurrence }: MutantKey): string {
  return JSON.stringify([file, before, after, occurrence]);
}

/** The file's text with the change made. */
export function applyEdit(text: string, { start, end, text: replacement }: Edit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
