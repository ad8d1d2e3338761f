import { jobBase, type Loaded } from '@lockstep/grader';
import {
  overridesOf,
  explore as exploreScenario,
  type ExploreReport,
  type Schedule,
} from '@lockstep/test-harness/explore';
import { runJob, type AskedRun, type Row, type TestInfo } from '@lockstep/test-harness/runner';
import { faultOf } from './commands/test.ts';
import type { Io } from './io.ts';
import { defaultJobs } from './options.ts';
import { count } from './view/table.ts';

/** How a scenario is explored. */
export interface ExploringOptions {
  readonly maxSchedules: number;
  readonly seed: string;
  readonly jobs?: number;
  /** Go on after the first violation. */
  readonly all?: true;
}

/** Progress is told each time that so many schedules more have been run. */
const SCHEDULES_BETWEEN_LINES = 500;

/** Explores one scenario; `undefined` when it was interrupted. */
export async function exploreOne(
  io: Io,
  loaded: Loaded,
  scenario: TestInfo,
  { maxSchedules, seed, jobs = defaultJobs(), all }: ExploringOptions,
  signal: AbortSignal,
): Promise<ExploreReport | undefined> {
  let saidAt = 0;
  const report = await exploreScenario({
    maxSchedules,
    stopAtFirst: all !== true,
    run: (schedules) => runSchedules(loaded, scenario, seed, schedules, jobs, signal),
    onProgress: (progress) => {
      if (progress.schedules - saidAt < SCHEDULES_BETWEEN_LINES) return;
      saidAt = progress.schedules;
      io.err(`${scenario.id}: ${describeReport(progress)}`);
    },
  });
  return signal.aborted ? undefined : report;
}

async function runSchedules(
  loaded: Loaded,
  scenario: TestInfo,
  seed: string,
  schedules: readonly Schedule[],
  jobs: number,
  signal: AbortSignal,
): Promise<Row[]> {
  if (signal.aborted) return [];
  const runs = schedules.map((schedule): AskedRun => askedRun(scenario, seed, schedule));
  const share = Math.ceil(runs.length / jobs);
  const shares = Array.from({ length: jobs }, (_, i) => runs.slice(i * share, (i + 1) * share));
  const outcomes = await Promise.all(
    shares.map((part) => {
      const job = { ...jobBase(loaded), runs: part, explore: true, recordChoices: true };
      return runJob(job, () => undefined, { signal });
    }),
  );
  const fault = outcomes.find(({ internalError }) => internalError !== undefined)?.internalError;
  if (fault !== undefined && !signal.aborted) throw faultOf(fault);
  return outcomes.flatMap(({ rows }) => rows);
}

/** The run that a schedule is. */
export function askedRun(scenario: TestInfo, seed: string, schedule: Schedule): AskedRun {
  return { test: scenario.id, seed, plan: schedule.plan, overrides: overridesOf(schedule) };
}

/** What was done and found, in a line. */
export function describeReport({
  schedules,
  classes,
  crashPoints,
  deviations,
  found,
  isCut,
}: ExploreReport): string {
  const parts = [
    count(schedules, 'schedule'),
    `${classes} different orders of events`,
    `${count(crashPoints, 'crash point')} tried`,
    `up to ${count(deviations, 'deviation')} in one`,
    found.length === 0 ? 'no violation' : count(found.length, 'violation'),
  ];
  return `${parts.join(', ')}${isCut ? ' (the budget is spent)' : ''}`;
}
