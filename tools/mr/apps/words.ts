/** Letters of any script, for the lines that have others than the English ones. */
const WORD = /\p{L}+/gu;
const BEYOND_ASCII = /[^\x00-\x7f]/;

/** Calls `found` with each word of a line: letters that stand together. */
export function eachWord(line: string, found: (word: string) => void): void {
  if (BEYOND_ASCII.test(line)) {
    for (const [word] of line.matchAll(WORD)) found(word);
    return;
  }
  let start = -1;
  for (let i = 0; i < line.length; i++) {
    const lower = line.charCodeAt(i) | 0x20;
    if (lower >= 0x61 && lower <= 0x7a) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      found(line.slice(start, i));
      start = -1;
    }
  }
  if (start >= 0) found(line.slice(start));
}

/** The total of some numbers. */
export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
