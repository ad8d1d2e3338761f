import type { Finding } from '../finding.ts';
import type { SourceFile, Tree } from '../tree.ts';

/** Says that a rule is broken on a line of a file. */
export type Report = (line: number, message: string) => void;

/** One rule of style. It looks at a file at a time and reports what it finds there. */
export interface Rule {
  readonly name: string;
  /** Which files the rule is for. */
  applies(path: string): boolean;
  check(file: SourceFile, report: Report, tree: Tree): void;
}

/** Runs one rule over one file. */
export function runRule(rule: Rule, file: SourceFile, tree: Tree): Finding[] {
  const findings: Finding[] = [];
  if (!rule.applies(file.path)) return findings;
  rule.check(
    file,
    (line, message) => findings.push({ file: file.path, line, rule: rule.name, message }),
    tree,
  );
  return findings;
}

/** Whether a path names code that these checks can parse. */
export function isCode(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}
