import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext } from 'nx/src/devkit-exports';

/** What `nx run <lab>:grade` takes; each one is the flag of `lockstep grade` that has its name. */
export interface GradeOptions {
  readonly submissions?: readonly string[];
  readonly expect?: string;
  readonly seeds?: number;
  readonly jobs?: number;
  readonly out?: string;
}

/** The command line of the grader for one lab. */
export function gradeArguments(
  lab: string,
  options: GradeOptions,
  exists: (path: string) => boolean,
): string[] {
  const examples = `examples/submissions/${lab}`;
  const isExamples = options.submissions === undefined || options.submissions.length === 0;
  const expected = options.expect ?? (isExamples ? `${examples}/expected.json` : undefined);
  const args = ['grade', ...(isExamples ? [examples] : (options.submissions ?? [])), '--lab', lab];
  if (expected !== undefined && (options.expect !== undefined || exists(expected)))
    args.push('--expect', expected);
  for (const name of ['seeds', 'jobs', 'out'] as const) {
    const value = options[name];
    if (value !== undefined) args.push(`--${name}`, String(value));
  }
  return args;
}

/** Grades with the `lockstep` of this workspace; succeeds when it exits with 0. */
export async function grade(options: GradeOptions, context: ExecutorContext): Promise<{ success: boolean }> {
  const lab = context.projectName;
  if (lab === undefined) throw new Error('Grade a lab: nx run <lab>:grade');
  const { root } = context;
  const args = gradeArguments(lab, options, (path) => existsSync(join(root, path)));
  const status = await new Promise<number>((resolve, reject) => {
    const child = spawn(join(root, 'node_modules/.bin/lockstep'), args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
  return { success: status === 0 };
}
