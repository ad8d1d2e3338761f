import type { LabResult, Results, SubmissionResult } from '@lockstep/grader';
import { fit, headline, visibleText } from '@lockstep/test-harness/trace';
import { join } from 'node:path';
import type { Io } from '../io.ts';
import { count, formatPoints, renderTable } from './table.ts';

/** The class on the terminal: a line a submission and lab, with what went wrong. */
export function showClass(io: Io, results: Results, out: string): void {
  const hasLabs = results.labs.length > 1;
  const nameColumns = Math.min(32, Math.max(10, ...results.submissions.map(({ name }) => name.length)));
  const room = Math.max(24, io.columns - nameColumns - (hasLabs ? 44 : 34));
  const rows = results.submissions.flatMap((submission) =>
    submission.labs.map((lab, i) => {
      const name = i === 0 ? fit(visibleText(submission.name), nameColumns) : '';
      // Where there is but one lab, what counts in the end: after overrides and lateness.
      const points = hasLabs ? lab.points : submission.points;
      const cells = [
        name,
        pointsOf(io, { ...lab, points }),
        testsOf(lab),
        fit(visibleText(whatHappened(lab)), room),
      ];
      return hasLabs ? [cells[0] ?? '', lab.lab, ...cells.slice(1)] : cells;
    }),
  );
  const columns = [
    { title: 'submission' },
    ...(hasLabs ? [{ title: 'lab' }] : []),
    { title: 'points', align: 'right' as const },
    { title: 'tests', align: 'right' as const },
    { title: 'why' },
  ];
  io.out(renderTable(io, columns, rows));
  io.out('');
  io.out(`Report:  ${join(out, 'report.html')}`);
  io.out(`Results: ${join(out, 'results.json')}`);
}

/** One submission in a line, for progress. */
export function scoreLine({ status, points, possible, labs }: SubmissionResult): string {
  const reason = labs.find((lab) => lab.reason !== undefined)?.reason?.split('\n')[0];
  const score =
    status === 'not-graded' ? 'not graded' : `${formatPoints(points)} of ${formatPoints(possible)} points`;
  return reason === undefined ? score : `${score} (${visibleText(reason)})`;
}

function pointsOf({ colors }: Io, { status, points, possible }: LabResult): string {
  if (status === 'not-graded') return colors.yellow('?');
  const text = `${formatPoints(points)} of ${formatPoints(possible)}`;
  if (points === possible) return colors.green(text);
  return points === 0 ? colors.red(text) : colors.yellow(text);
}

function testsOf({ status, tests }: LabResult): string {
  if (status !== 'graded') return '–';
  return `${tests.filter((test) => test.status === 'pass').length} of ${tests.length}`;
}

/** Why points are missing: the reason for all of it, or the most frequent properties that broke. */
function whatHappened({ status, reason, tests }: LabResult): string {
  if (status === 'not-graded') return `not graded: ${reason ?? ''}`;
  if (reason !== undefined) return reason;
  const faults = tests.filter((test) => test.status === 'suite-fault').length;
  const counts = new Map<string, number>();
  for (const { failure } of tests) {
    if (failure === undefined) continue;
    const what = failure.notImplemented === true ? 'not implemented' : headline(failure);
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const reasons = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([what, n]) => (n === 1 ? what : `${what} (${n})`));
  if (faults > 0) reasons.push(`${count(faults, 'test')} left out, for the suite is at fault`);
  return reasons.join(', ');
}
