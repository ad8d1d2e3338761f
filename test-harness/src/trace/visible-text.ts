/**
 * Text of code under test, safe to show: control characters could move a terminal's cursor, and marks
 * of writing direction could make a line read as another.
 */
export function visibleText(text: string): string {
  let shown = '';
  for (const char of text) shown += visibleChar(char, char.codePointAt(0) ?? 0);
  return shown;
}

/** The same for text of several lines, whose breaks are kept: a stack. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}

function visibleChar(char: string, code: number): string {
  if (code >= 0x20 && code < 0x7f) return char;
  if (char === '\n' || char === '\r' || char === '\t') return ' ';
  // Unicode has a picture for each of the classic control characters.
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return isUnsafe(code) ? '\u{fffd}' : char;
}

/**
 * Further control characters, lone surrogates, line separators, what is no character, and what is invisible or turns
 * text around.
 */
function isUnsafe(code: number): boolean {
  return (
    (code >= 0x7f && code <= 0x9f) ||
    code === 0xad ||
    code === 0x61c ||
    code === 0x180e ||
    code === 0x200b ||
    (code >= 0x200e && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    code === 0xfeff ||
    (code >= 0xfff9 && code <= 0xffff) ||
    (code >= 0xe0000 && code <= 0xe007f)
  );
}

/** Columns that a text takes on a terminal. An estimate for rare scripts; right for Latin, CJK and emoji. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char.codePointAt(0) ?? 0);
  return width;
}

/** The text, cut to so many columns; a cut shows as `…`. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const char of text) {
    width += charWidth(char.codePointAt(0) ?? 0);
    if (width > columns - 1) break;
    kept += char;
  }
  return columns > 0 ? `${kept}…` : '';
}

/** Breaks a text at spaces into lines of at most so many columns; a longer word is broken anywhere. */
export function wrap(text: string, columns: number): string[] {
  const width = Math.max(1, columns);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (displayWidth(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (displayWidth(line) > width) {
      const head = headOf(line, width);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

function headOf(text: string, columns: number): string {
  let width = 0;
  let head = '';
  for (const char of text) {
    width += charWidth(char.codePointAt(0) ?? 0);
    if (width > columns && head !== '') break;
    head += char;
  }
  return head;
}

function charWidth(code: number): number {
  if (code < 0x300) return 1;
  if (isCombining(code)) return 0;
  return isWide(code) ? 2 : 1;
}

function isCombining(code: number): boolean {
  return (
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x1ab0 && code <= 0x1aff) ||
    (code >= 0x20d0 && code <= 0x20ff) ||
    (code >= 0xfe00 && code <= 0xfe0f)
  );
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** What a text says apart from its numbers, and from the values of strings (commands, nonces). */
export function textShape(text: string): string {
  return text.replace(/"[^"]*"/g, '"').replace(/\d+(\.\d+)?/g, '#');
}
