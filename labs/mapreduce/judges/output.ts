import { outputPath } from '@lockstep/api';
import type { Judge, Violation } from '@lockstep/test-harness/suite';
import type { FileChanged, JobPosted, Seen } from '../src/seen.ts';

/**
 * What is committed is what a sequential, faultless execution of the program gives: to the byte, when map and reduce
 * are deterministic; otherwise each output is one that some sequential execution could have given (paper §3.3).
 * Looked at in the moment of the commit.
 */
export function output(): Judge<Seen> {
  let job: JobPosted | undefined;
  return {
    property: 'output',
    observe(seen) {
      if (seen.kind === 'job-posted') job = seen;
      if (seen.kind !== 'file-changed' || seen.how !== 'rename' || job === undefined) return undefined;
      const { path, content = '', by } = seen;
      const task = partOf(path, job);
      if (task === undefined) return violation(by, `${path} is none of the job's outputs`);
      const mixed = job.isTagged ? checkTags(seen) : undefined;
      if (mixed !== undefined) return mixed;
      const comparable = job.isTagged ? withoutTags : (text: string): string => text;
      const [actual, expected] = [comparable(content), comparable(job.expected[task] ?? '')];
      return expected === actual ? undefined : violation(by, `${path} ${difference(actual, expected)}`);
    },
  };
}

function partOf(path: string, { output: folder, reduceTasks }: JobPosted): number | undefined {
  for (let task = 0; task < reduceTasks; task++) if (outputPath(folder, task) === path) return task;
  return undefined;
}

/** The first line that is not as it should be, in words. */
function difference(actual: string, expected: string): string {
  const lines = actual.split('\n');
  const wanted = expected.split('\n');
  const at = wanted.findIndex((line, i) => lines[i] !== line);
  const line = at < 0 ? wanted.length : at;
  const show = (text: string | undefined): string =>
    text === undefined || text === '' ? 'nothing' : `"${text.slice(0, 60)}"`;
  const counts = `(${lines.length - 1} lines; ${wanted.length - 1} expected)`;
  return `has ${show(lines[line])} in line ${line + 1}, where a sequential run has ${show(wanted[line])} ${counts}`;
}

/** Lines of a key, a file, a record and a tag, without the tags; those of one key in the order of the alphabet. */
function withoutTags(text: string): string {
  const runs: { readonly key: string; readonly lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const untagged = line.split(' ').slice(0, 3);
    const [key = ''] = untagged;
    const last = runs.at(-1);
    if (last?.key === key) last.lines.push(untagged.join(' '));
    else runs.push({ key, lines: [untagged.join(' ')] });
  }
  return runs.map(({ lines }) => lines.sort().join('\n')).join('\n');
}

/** All that came of one record must come from one execution of map. */
function checkTags({ path, content = '', by }: FileChanged): Violation | undefined {
  const tags = new Map<string, string>();
  for (const line of content.split('\n')) {
    const [, file = '', record = '', tag = ''] = line.split(' ');
    const name = `record ${record} of ${file}`;
    const known = tags.get(name);
    if (known !== undefined && known !== tag) {
      return violation(by, `${path} mixes two executions of map on ${name}: no sequential run gives that`);
    }
    tags.set(name, tag);
  }
  return undefined;
}

function violation(node: string, message: string): Violation {
  return { kind: 'safety', property: 'output', message, node };
}
