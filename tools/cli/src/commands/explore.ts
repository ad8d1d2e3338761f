import { failureContext, jobBase, toJson, writeWhole, type Loaded } from '@lockstep/grader';
import {
  describeSchedule,
  overridesOf,
  explore as exploreScenario,
  type ExploreReport,
  type Schedule,
} from '@lockstep/test-harness/explore';
import { runJob, type AskedRun, type LabInfo, type Row, type TestInfo } from '@lockstep/test-harness/runner';
import { makeFailure } from '@lockstep/test-harness/trace';
import { join, resolve } from 'node:path';
import { findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { loadImplementation, type ImplementationOptions } from '../load.ts';
import { suggest } from '../nearest.ts';
import { defaultJobs } from '../options.ts';
import { showFailure } from '../view/failure-view.ts';
import { count } from '../view/table.ts';
import { faultOf } from './test.ts';

/** The options of `lockstep explore`. */
export interface ExploreOptions extends ImplementationOptions {
  readonly scenario?: readonly string[];
  readonly maxSchedules: number;
  readonly seed: string;
  readonly jobs?: number;
  readonly all?: true;
}

/** Explores a lab's scenarios: crash points and delivery orders, one after the other, within a budget. */
export async function explore(io: Io, labId: string, options: ExploreOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, labId);
  const scenarios = chooseScenarios(lab, options.scenario);
  const loaded = await loadImplementation(labs, lab, options);
  let status: number = EXIT.ok;
  for (const scenario of scenarios) {
    const report = await interruptible((signal) => exploreOne(io, loaded, scenario, options, signal));
    if (report === undefined) return EXIT.interrupted;
    io.out(`${io.colors.bold(scenario.id)}: ${describeReport(report)}`);
    if (report.found.length === 0) continue;
    status = EXIT.failed;
    await showFirst(io, loaded, scenario, report, options.seed);
  }
  return status;
}

function chooseScenarios(lab: LabInfo, names: readonly string[] | undefined): readonly TestInfo[] {
  const short = (id: string): string => id.split('/').at(-1) ?? id;
  if (lab.scenarios.length === 0) throw new UsageError(`${lab.title} has no scenarios to explore.`);
  return (names ?? lab.scenarios.map(({ id }) => id)).map((name) => {
    const found = lab.scenarios.find(({ id }) => id === name || short(id) === name);
    if (found !== undefined) return found;
    const known = lab.scenarios.map(({ id }) => short(id));
    throw new UsageError(`${lab.title} has no scenario "${name}". ${suggest(name, known)}`);
  });
}

async function exploreOne(
  io: Io,
  loaded: Loaded,
  scenario: TestInfo,
  { maxSchedules, seed, jobs = defaultJobs(), all }: ExploreOptions,
  signal: AbortSignal,
): Promise<ExploreReport | undefined> {
  let saidAt = 0;
  const report = await exploreScenario({
    maxSchedules,
    stopAtFirst: all !== true,
    run: (schedules) => runSchedules(loaded, scenario, seed, schedules, jobs, signal),
    onProgress: (progress) => {
      if (progress.schedules - saidAt < 500) return;
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

function askedRun(scenario: TestInfo, seed: string, schedule: Schedule): AskedRun {
  return { test: scenario.id, seed, plan: schedule.plan, overrides: overridesOf(schedule) };
}

/** Records the first violation, writes its failure file, and shows it. */
async function showFirst(
  io: Io,
  loaded: Loaded,
  scenario: TestInfo,
  { found }: ExploreReport,
  seed: string,
): Promise<void> {
  const [first] = found;
  if (first === undefined) return;
  const asked = askedRun(scenario, seed, first.schedule);
  const { rows } = await runJob(
    { ...jobBase(loaded), runs: [asked], record: true, inspect: true },
    () => undefined,
  );
  const row = rows[0] ?? first.result;
  const { id, title, about } = scenario;
  const context = { ...failureContext(loaded, { id, title, about }), overrides: { ...asked.overrides } };
  const failure = makeFailure(row, context);
  if (failure === undefined) return;
  const file = join('.lockstep', 'failures', `${id.replaceAll('/', '-')}-${seed}.json`);
  writeWhole(resolve(file), toJson(failure));
  io.out(`  The first of them: ${describeSchedule(first.schedule)}`);
  io.out('');
  showFailure(io, failure, { file, ...(row.trace === undefined ? {} : { trace: row.trace }) });
}

function describeReport({
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
