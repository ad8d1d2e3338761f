import { describe, expect, it } from 'vitest';
import { show } from '../../src/load/index.ts';
import { headline, visibleLines, visibleText } from '../../src/trace/index.ts';

describe('text that is safe to show', () => {
  it('keeps what people write', () => {
    const text = 'Zoë, 李小明: «naïve» – 😀 👩‍💻 x²';
    expect(visibleText(text)).toBe(text);
    expect(show(text)).toBe(JSON.stringify(text));
  });

  it.each([
    ['moves the cursor', '\u001b[2J', '␛[2J'],
    ['does so in one character', '\u009b2J', '\u{fffd}2J'],
    ['turns text around', '\u202e\u2066\u200f\u061c', '\u{fffd}\u{fffd}\u{fffd}\u{fffd}'],
    ['is not seen', '\u00ad\u180e\u200b\u2060\ufeff\u{e0041}', '\u{fffd}'.repeat(6)],
    ['breaks lines', 'a\nb\rc\u2028', 'a b c\u{fffd}'],
    ['is no text', '\ud800\uffff\u0000', '\u{fffd}\u{fffd}␀'],
  ])('shows what %s', (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(show(text)).toMatch(/^[ -~]*$/);
  });

  it('keeps the lines of a stack apart', () => {
    expect(visibleLines('at a\u001b\n  at b')).toBe('at a␛\n  at b');
  });

  it('is what a headline is made of, whatever the property is called', () => {
    expect(headline({ kind: 'safety', property: '\u202eno' })).toBe('\u{fffd}no');
    expect(headline({ kind: 'crash', property: '\u001bno' })).toBe('crash (␛no)');
  });
});
