import { fit, visibleText } from '@lockstep/test-harness/trace';
import type { Io } from '../io.ts';
import { count, renderTable } from '../view/table.ts';
import { GRADER_SEEDS } from '../options.ts';
import type { BugReport } from './report.ts';

/** The chance to be caught in a grading that every bug of a catalogue should reach, at the least. */
export const WANTED_CHANCE = 0.95;

/** Whether enough seeds were tried for a chance of that size to show at all. */
const TELLING_SEEDS = 50;

/** Prints the kill matrix, and what it comes down to. */
export function showBugs(io: Io, reports: readonly BugReport[]): void {
  const rows = reports.flatMap((report) => [headOf(io, report), ...testsOf(io, report)]);
  const columns = [
    { title: 'bug' },
    { title: 'caught', align: 'right' },
    { title: `in ${GRADER_SEEDS} seeds` },
    { title: 'reason' },
  ] as const;
  io.out(renderTable(io, columns, rows));
  io.out('');
  for (const line of summaryOf(reports)) io.out(io.colors.bold(line));
}

function headOf(io: Io, { id, seeds, seedsCaught, chanceAtLeast }: BugReport): string[] {
  const { bold, red, yellow } = io.colors;
  const chance = seeds < TELLING_SEEDS ? '' : `≥ ${percent(chanceAtLeast)}`;
  const isWeak = seeds >= TELLING_SEEDS && chanceAtLeast < WANTED_CHANCE;
  const remark = seedsCaught === 0 ? red('not caught') : isWeak ? yellow('weak') : '';
  return [bold(id), `${seedsCaught} of ${seeds}`, chance, remark];
}

function testsOf(io: Io, { caughtBy }: BugReport): string[][] {
  const room = Math.max(20, io.columns - 72);
  return caughtBy.map(({ test, seeds, furtherSeeds, property, message, isStated }) => {
    const further = furtherSeeds === 0 ? '' : ` + ${furtherSeeds}`;
    const reason = fit(visibleText(`${property}: ${message}`), room);
    const remark = isStated ? reason : io.colors.yellow(`not among what it breaks: ${reason}`);
    return [`  ${test}`, `${seeds}${further}`, '', remark];
  });
}

function summaryOf(reports: readonly BugReport[]): string[] {
  const caught = reports.filter(({ seedsCaught }) => seedsCaught > 0).length;
  const seeds = Math.max(0, ...reports.map((report) => report.seeds));
  const first = `${caught} of ${count(reports.length, 'bug')} caught, with ${count(seeds, 'seed')}.`;
  if (seeds < TELLING_SEEDS) return [first];
  const good = reports.filter(({ chanceAtLeast }) => chanceAtLeast >= WANTED_CHANCE).length;
  const rates = reports.map((report) => report.seedsCaught / report.seeds).sort((a, b) => a - b);
  const median = rates[Math.floor(rates.length / 2)] ?? 0;
  return [
    first,
    `${good} of ${reports.length} are caught by a grading with ${GRADER_SEEDS} seeds with a chance of at least ` +
      `${percent(WANTED_CHANCE)} (from the lower end of the 95 % interval).`,
    `One seed catches the median bug with a chance of ${percent(median)}.`,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
