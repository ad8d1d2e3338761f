import type { LabInfo } from '@lockstep/test-harness/runner';
import { fit, headline, visibleText } from '@lockstep/test-harness/trace';
import type { Io } from '../io.ts';
import type { SuiteReport, TestReport } from '../suite-report.ts';
import { count, formatPoints, renderTable } from './table.ts';

/** The outcome of a suite, a line a test under the heads of its parts. */
export function showSuite(io: Io, lab: LabInfo, report: SuiteReport): void {
  const rows = lab.parts.flatMap((part) => {
    const tests = report.tests.filter(({ part: id }) => id === part.id);
    if (tests.length === 0) return [];
    const head = [io.colors.bold(`Part ${part.id}: ${part.title}`), '', '', ''];
    return [head, ...tests.map((test) => testRow(io, test))];
  });
  const columns = [
    { title: 'test' },
    { title: 'seeds', align: 'right' as const },
    { title: 'points', align: 'right' as const },
    { title: 'result' },
  ];
  io.out(renderTable(io, columns, rows));
}

function testRow(io: Io, test: TestReport): string[] {
  const { colors } = io;
  const points = `${formatPoints(test.status === 'pass' ? test.points : 0)} of ${formatPoints(test.points)}`;
  const room = Math.max(20, io.columns - 62);
  const seeds = `${test.passed} of ${test.runs.length}`;
  return [`  ${mark(io, test)} ${test.id}`, seeds, points, fit(resultOf(test), room)].map((cell, i) =>
    i > 0 && test.status === 'pass' ? colors.dim(cell) : cell,
  );
}

function mark({ colors, ascii }: Io, { status }: TestReport): string {
  if (status === 'pass') return colors.green(ascii ? '+' : '✓');
  if (status === 'fail') return colors.red(ascii ? 'x' : '✗');
  return colors.yellow('?');
}

function resultOf(test: TestReport): string {
  if (test.status === 'not-run') return test.runs.length === 0 ? 'not run' : 'not run with all seeds';
  if (test.status === 'void') return `void: never came to "${test.missing.join('", "')}"`;
  const verdict = test.runs.find(({ verdict: { status } }) => status === 'fail')?.verdict;
  if (verdict?.status !== 'fail') return boundsOf(test);
  if (verdict.notImplemented === true) return `not implemented: ${visibleText(verdict.message)}`;
  return headline(verdict);
}

/** The tightest measured value beside its bound, e.g. `24 of 30 messages`. */
function boundsOf(test: TestReport): string {
  let tightest: { readonly text: string; readonly share: number } | undefined;
  for (const { bounds } of test.runs) {
    for (const { name, value, atMost } of bounds) {
      if (atMost === undefined || atMost === 0) continue;
      const share = value / atMost;
      if (tightest === undefined || share > tightest.share) {
        tightest = { text: `${formatPoints(value)} of ${formatPoints(atMost)} ${name}`, share };
      }
    }
  }
  return tightest?.text ?? '';
}

/** The last line: what was reached, with which seeds. */
export function summaryLine(report: SuiteReport): string {
  const passed = report.tests.filter(({ status }) => status === 'pass').length;
  const { earned, possible } = report.points;
  const total = `${passed} of ${count(report.tests.length, 'test')} passed`;
  const unrun = report.tests.filter(({ status }) => status === 'not-run').length;
  const rest = unrun === 0 ? '' : ` (${unrun} not run to the end)`;
  const points = `${formatPoints(earned)} of ${formatPoints(possible)} points`;
  return `${total}${rest}, ${points}, with ${seedsText(report.seeds)}.`;
}

/** `seed 7`, `5 seeds (1 to 5)`. */
export function seedsText(seeds: readonly string[]): string {
  const [first = '', last = ''] = [seeds[0], seeds.at(-1)];
  return seeds.length === 1 ? `seed ${first}` : `${seeds.length} seeds (${first} to ${last})`;
}
