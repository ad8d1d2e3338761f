import { renderFailurePage, renderReport, toJson, writeWhole, type Graded } from '@lockstep/grader';
import { parseFailure, type Failure } from '@lockstep/test-harness/trace';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from './exit.ts';

/** Writes everything into the folder; failure files of an earlier grading there are removed. */
export function writeGraded(out: string, { results, times, failures }: Graded): void {
  const folder = resolve(out);
  try {
    // Only a folder that we have written to is ours to clear.
    if (existsSync(join(folder, 'results.json')))
      rmSync(join(folder, 'failures'), { recursive: true, force: true });
    for (const [path, failure] of failures) {
      writeWhole(join(folder, path), toJson(failure));
      const report = relative(dirname(path), 'report.html');
      const page = renderFailurePage(failure, { report, file: basename(path) });
      writeWhole(join(folder, path.replace(/\.json$/, '.html')), page);
    }
    writeWhole(join(folder, 'report.html'), renderReport(results, times));
    writeWhole(join(folder, 'times.json'), toJson(times));
    writeWhole(join(folder, 'results.json'), toJson(results));
  } catch (error) {
    throw new UsageError(`The results cannot be written to ${out}: ${(error as Error).message}`);
  }
}

/** Failure files that an earlier grading has left in the folder, by their paths in it. */
export function earlierFailures(out: string): (path: string) => Failure | undefined {
  return (path) => {
    try {
      return parseFailure(readFileSync(join(resolve(out), path), 'utf8'));
    } catch {
      return undefined;
    }
  };
}
