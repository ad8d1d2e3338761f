import { sortFindings, type Finding } from '../finding.ts';
import { isExempt } from '../house.ts';
import type { Tree } from '../tree.ts';
import { applyAllowances } from './allow.ts';
import { ambient, unseeded } from './ambient.ts';
import { exportDocs } from './docs.ts';
import { runRule, type Rule } from './rule.ts';
import { defaultExport, functionLength, hiddenTest } from './structure.ts';
import { fileLength, fileName, lineLength, links, unfinished } from './text.ts';
import { noAny, nonNull, suppression } from './types.ts';

/** All rules of style, each under the name that a `tidy-allow` comment uses. */
export const RULES: readonly Rule[] = [
  lineLength,
  fileLength,
  fileName,
  functionLength,
  unfinished,
  noAny,
  nonNull,
  suppression,
  defaultExport,
  hiddenTest,
  exportDocs,
  ambient,
  unseeded,
  links,
];

/** Everything in a tree that breaks a rule of style and that no comment allows. */
export function checkTidy(tree: Tree): Finding[] {
  const files = tree.files.filter((file) => !isExempt(file.path));
  return sortFindings(
    files.flatMap((file) => {
      const findings = RULES.flatMap((rule) => runRule(rule, file, tree));
      return applyAllowances(file, findings);
    }),
  );
}
