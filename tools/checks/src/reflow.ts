/**
 * The half of `npm run format` that prettier leaves out: breaks comment lines that are too wide. Code and strings are
 * left alone, and so is whatever is not on a line of its own.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isExempt } from './house.ts';
import { MAX_COLUMNS } from './tidy/text.ts';
import { readTree } from './tree.ts';

/** The text with every comment line broken that is wider than the limit; what is over goes on in the next line. */
export function reflow(text: string): string {
  const lines = text.split('\n');
  const flowed: string[] = [];
  for (const [index, line] of lines.entries()) {
    const broken = breakLine(line);
    const rest = broken.length > 1 ? COMMENT.exec(broken.at(-1) ?? '') : null;
    const next = COMMENT.exec(lines[index + 1] ?? '');
    if (rest && next && rest[1] === next[1] && continues(next[2] ?? '')) {
      lines[index + 1] = `${broken.pop()} ${next[2]}`;
    }
    flowed.push(...broken);
  }
  return flowed.join('\n');
}

/** The marks that a comment line begins with, and its words. */
const COMMENT = /^(\s*(?:\/\/|\*)\s+)(\S.*)$/;

/** Whether words go on with the paragraph above, and are no list item, tag or heading. */
function continues(words: string): boolean {
  return /^[\p{L}`'"(]/u.test(words) && !words.endsWith('*/');
}

function breakLine(line: string): string[] {
  if (width(line) <= MAX_COLUMNS || line.includes('tidy-allow')) return [line];
  const oneLine = /^(\s*)\/\*\*\s+(.*?)\s*\*\/$/.exec(line);
  if (oneLine) {
    const [, indent = '', words = ''] = oneLine;
    return [`${indent}/**`, ...fill(`${indent} * `, `${indent} * `, words), `${indent} */`];
  }
  const comment = COMMENT.exec(line);
  if (!comment) return [line];
  const [, prefix = '', words = ''] = comment;
  // Lines after the first of a list item or a tag hang below its text.
  const hanging = /^(?:[-*]|\d+\.)\s+/.exec(words)?.[0].length ?? (words.startsWith('@') ? 2 : 0);
  return fill(prefix, prefix + ' '.repeat(hanging), words);
}

function fill(first: string, next: string, words: string): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of words.split(/ +/)) {
    const longer = line === first || line === next ? line + word : `${line} ${word}`;
    if (width(longer) > MAX_COLUMNS && longer !== line + word) {
      lines.push(line);
      line = next + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function width(line: string): number {
  return Array.from(line).length;
}

/** Reflows every file of ours below a folder. */
export function reflowTree(root: string): void {
  for (const file of readTree(root).files) {
    if (!file.isCode || isExempt(file.path)) continue;
    const text = reflow(file.text);
    if (text !== file.text) writeFileSync(join(root, file.path), text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  reflowTree(join(dirname(fileURLToPath(import.meta.url)), '../../..'));
}
