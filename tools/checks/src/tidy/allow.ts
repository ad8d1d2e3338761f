import type { Finding } from '../finding.ts';
import type { SourceFile } from '../tree.ts';

interface Allowance {
  readonly rule: string;
  readonly reason: string;
  /** The line of the comment itself. */
  readonly line: number;
  /** The first line below that is no such comment: the one it speaks of. */
  readonly target: number;
}

const COMMENT = /^\s*(?:\/\/|\/\*)\s*tidy-allow\s+([a-z-]*)\s*(?::\s*(.*?))?\s*(?:\*\/)?$/;

/**
 * Takes out the findings that a comment `// tidy-allow rule: reason` on the line above allows. A comment without a
 * reason, or one that allows nothing, becomes a finding itself. A finding about the whole file, which is reported on
 * line 1, is allowed by a comment on line 1.
 */
export function applyAllowances(file: SourceFile, findings: readonly Finding[]): Finding[] {
  const allowances = readAllowances(file);
  const used = new Set<Allowance>();
  const kept = findings.filter((finding) => {
    const allowance = allowances.find(
      ({ rule, line, target }) =>
        rule === finding.rule && (target === finding.line || (line === 1 && finding.line === 1)),
    );
    if (allowance) used.add(allowance);
    return allowance === undefined || allowance.reason === '';
  });
  for (const allowance of allowances) {
    const message = complaint(allowance, used.has(allowance));
    if (message !== undefined)
      kept.push({ file: file.path, line: allowance.line, rule: 'tidy-allow', message });
  }
  return kept;
}

function complaint({ rule, reason }: Allowance, isUsed: boolean): string | undefined {
  if (reason === '') return 'An exception needs its reason: write `tidy-allow rule: reason`.';
  return isUsed ? undefined : `Nothing here breaks the rule "${rule}": delete the comment.`;
}

function readAllowances(file: SourceFile): Allowance[] {
  const allowances: Allowance[] = [];
  for (const [index, text] of file.lines.entries()) {
    const match = COMMENT.exec(text);
    if (!match) continue;
    let target = index + 1;
    while (COMMENT.test(file.lines[target] ?? '')) target += 1;
    allowances.push({ rule: match[1] ?? '', reason: match[2] ?? '', line: index + 1, target: target + 1 });
  }
  return allowances;
}
