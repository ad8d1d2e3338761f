import { posix } from 'node:path';
import { isTest, packageOf } from '../house.ts';
import { isCode, type Rule } from './rule.ts';

/** The width of a line, in characters. */
export const MAX_COLUMNS = 120;
const MAX_LINES = 500;
const MAX_TEST_LINES = 800;
/** Spelt in halves, so that this file passes its own rule. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);

/** No line is wider than an editor's half screen. */
export const lineLength: Rule = {
  name: 'line-length',
  applies: isCode,
  check(file, report) {
    for (const [index, line] of file.lines.entries()) {
      const columns = Array.from(line).length;
      if (columns > MAX_COLUMNS) report(index + 1, `${columns} columns: break the line at ${MAX_COLUMNS}.`);
    }
  },
};

/** A file that has grown too long is split. */
export const fileLength: Rule = {
  name: 'file-length',
  applies: isCode,
  check(file, report) {
    const limit = isTest(file.path) ? MAX_TEST_LINES : MAX_LINES;
    const count = file.text.endsWith('\n') ? file.lines.length - 1 : file.lines.length;
    if (count > limit) report(1, `${count} lines: split the file, ${limit} is the limit.`);
  },
};

/** Unfinished work is an issue, not a comment. */
export const unfinished: Rule = {
  name: 'unfinished',
  applies: () => true,
  check(file, report) {
    for (const [index, line] of file.lines.entries()) {
      const word = UNFINISHED.exec(line)?.[1];
      if (word !== undefined)
        report(index + 1, `"${word}" marks unfinished work: finish it, or open an issue and delete it.`);
    }
  },
};

/** File names sort and type the same on every system. */
export const fileName: Rule = {
  name: 'file-name',
  applies: isCode,
  check(file, report) {
    const { folder } = packageOf(file.path);
    const own = folder === '' ? file.path : file.path.slice(folder.length + 1);
    const wrong = own.split('/').find((part) => !/^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(part));
    if (wrong !== undefined)
      report(1, `"${wrong}" is not kebab-case: rename it, for instance to "${kebab(wrong)}".`);
  },
};

/** A relative link in a document leads to a file that is there. */
export const links: Rule = {
  name: 'links',
  applies: (path) => path.endsWith('.md'),
  check(file, report, tree) {
    let isFenced = false;
    for (const [index, line] of file.lines.entries()) {
      if (/^\s*(```|~~~)/.test(line)) isFenced = !isFenced;
      if (isFenced) continue;
      for (const target of linkTargets(line)) {
        const path = posix.normalize(posix.join(posix.dirname(file.path), decodeURIComponent(target)));
        if (path.startsWith('../') || !tree.exists(path))
          report(index + 1, `The link to ${target} leads nowhere: correct it.`);
      }
    }
  },
};

/** Relative targets of `[text](target)`, `![alt](target)` and `[label]: target`, without their `#fragment`. */
function linkTargets(line: string): string[] {
  const prose = line.replace(/`[^`]*`/g, '');
  const found = [
    ...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g),
    ...prose.matchAll(/^\s*\[[^\]]+\]:\s+<?([^\s>]+)/g),
  ];
  return found
    .map((match) => (match[1] ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target));
}

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}
