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

/** The text with every comment line broken that is wider than the limit. */
export function reflow(text: string): string {
  return text.split('\n').flatMap(breakLine).join('\n');
}

function breakLine(line: string): string[] {
  if (width(line) <= MAX_COLUMNS || line.includes('tidy-allow')) return [line];
  const oneLine = /^(\s*)\/\*\*\s+(.*?)\s*\*\/$/.exec(line);
  if (oneLine) {
    const [, indent = '', words = ''] = oneLine;
    return [`${indent}/**`, ...fill(`${indent} * `, `${indent} * `, words), `${indent} */`];
  }
  const comment = /^(\s*(?:\/\/|\*)\s+)(\S.*)$/.exec(line);
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
