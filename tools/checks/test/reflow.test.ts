import { describe, expect, test } from 'vitest';
import { reflow } from '../src/reflow.ts';

const words = Array.from({ length: 40 }, (_, n) => `word${n}`);
const LONG = words.join(' ');

/** The words of a comment, without its marks. */
function wordsOf(comment: string): string[] {
  return comment.split(/[\s/*]+/).filter((word) => word !== '');
}

describe('breaking comments that are too wide', () => {
  test.each([
    ['// ', ''],
    ['  // ', ''],
    ['/**\n * ', '\n */'],
    ['/** ', ' */'],
    ['  /** ', ' */'],
  ])('%j', (before, after) => {
    const flowed = reflow(`${before}${LONG}${after}`);
    expect(Math.max(...flowed.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(wordsOf(flowed)).toEqual(words);
    expect(reflow(flowed)).toBe(flowed);
  });

  test('a one-line doc comment becomes a block', () => {
    const lines = reflow(`  /** ${LONG} */`).split('\n');
    expect([lines[0], lines.at(-1)]).toEqual(['  /**', '   */']);
  });

  test('what is over goes on in the next line of the paragraph', () => {
    const flowed = reflow(` * ${LONG}\n * and so on.\n *\n * Next.`).split('\n');
    expect(flowed.slice(-3)).toEqual([
      expect.stringMatching(/ \* word\d+ .*word39 and so on\.$/),
      ' *',
      ' * Next.',
    ]);
    expect(reflow(`// ${LONG}\n// - item`).split('\n').at(-1)).toBe('// - item');
  });

  test('a list item hangs below its text', () => {
    expect(reflow(`// - ${LONG}`).split('\n')[1]).toMatch(/^\/\/ {3}word/);
  });

  test('narrow comments, code, strings and words without a place to break stay as they are', () => {
    for (const text of [
      '// narrow',
      `const text = '${LONG}';`,
      `// ${'x'.repeat(200)}`,
      `// tidy-allow any: ${LONG}`,
    ]) {
      expect(reflow(text)).toBe(text);
    }
  });
});
