import { describe, expect, test } from 'vitest';
import { fromVitest } from '../src/steps.ts';

function report(
  passed: number,
  failed: number,
  files: readonly object[] = [],
  success = failed === 0,
): string {
  return JSON.stringify({ success, numPassedTests: passed, numFailedTests: failed, testResults: files });
}

describe('counting a run from its report', () => {
  test('tests that passed and failed', () => {
    const files = [{ status: 'failed', assertionResults: [{}] }];
    expect(fromVitest(report(3, 2, files), 1, '')).toMatchObject({ passed: 3, failed: 2 });
  });

  test('a file that could not be loaded is a failure', () => {
    const files = [{ status: 'failed', assertionResults: [] }];
    expect(fromVitest(report(3, 0, files, false), 1, '')).toMatchObject({ passed: 3, failed: 1 });
  });

  test('an unhandled error in a run without failing tests is a failure', () => {
    expect(fromVitest(report(3, 0), 1, '')).toMatchObject({ passed: 3, failed: 1 });
  });

  test('a run that wrote no report is a failure', () => {
    const result = fromVitest(undefined, 1, 'out of memory');
    expect(result).toMatchObject({ passed: 0, failed: 1 });
    expect(result.output).toContain('out of memory');
  });
});
