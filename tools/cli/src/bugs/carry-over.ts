import type { Bug } from '@lockstep/test-harness/load';
import { structuredPatch } from 'diff';

type Change = Bug['changes'][number];

/**
 * The difference between two versions of a file as changes of a bug file: as few lines as possible, and as many as it
 * takes for each text to occur exactly once. Both versions end with a line break.
 */
export function changesBetween(file: string, before: string, after: string): Change[] {
  const lines = before.split('\n');
  const { hunks } = structuredPatch(file, file, before, after, '', '', { context: 0 });
  return hunks.map((hunk) => {
    const start = hunk.oldStart - 1;
    const added = hunk.lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1));
    return anchored(file, before, lines, { from: start, to: start + hunk.oldLines }, added);
  });
}

/** Widens a range of lines, by one above and one below in turn, until its text is not empty and occurs once. */
function anchored(
  file: string,
  source: string,
  lines: readonly string[],
  range: { readonly from: number; readonly to: number },
  added: readonly string[],
): Change {
  let { from, to } = range;
  const text = (): string => lines.slice(from, to).join('\n');
  // Lines that go without replacement take their line break along: that of a neighbour.
  const isNarrow = (): boolean => added.length === 0 && to - from === range.to - range.from;
  for (let turn = 0; text() === '' || isNarrow() || !isUnique(source, text()); turn++) {
    if (turn % 2 === 0 && from > 0) from--;
    else if (to < lines.length) to++;
    else from = Math.max(0, from - 1);
  }
  const replace = [...lines.slice(from, range.from), ...added, ...lines.slice(range.to, to)].join('\n');
  return { file, find: text(), replace };
}

function isUnique(source: string, text: string): boolean {
  const at = source.indexOf(text);
  return at !== -1 && source.indexOf(text, at + 1) === -1;
}
