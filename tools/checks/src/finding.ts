/** One broken rule of the house, at one place. */
export interface Finding {
  /** Path from the root of the tree, with forward slashes. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The name that a `tidy-allow` comment uses. */
  readonly rule: string;
  /** One sentence: what is wrong and what to do. */
  readonly message: string;
}

/** Orders findings as a reader walks the tree: by file, then by line. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const key = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return [...findings].sort((a, b) => key(a.file, b.file) || a.line - b.line || key(a.rule, b.rule));
}

/** `file:line  rule  message`, which terminals and editors turn into a link. */
export function formatFinding({ file, line, rule, message }: Finding): string {
  return `${file}:${line}  ${rule}  ${message}`;
}
