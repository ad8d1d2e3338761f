import { failureContext, jobBase, toJson, writeWhole, type Loaded } from '@lockstep/grader';
import { describeSchedule, type ExploreReport } from '@lockstep/test-harness/explore';
import { runJob, type LabInfo, type TestInfo } from '@lockstep/test-harness/runner';
import { makeFailure } from '@lockstep/test-harness/trace';
import { join, resolve } from 'node:path';
import { findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { exploreBugs } from '../explore-bugs.ts';
import { askedRun, describeReport, exploreOne, type ExploringOptions } from '../exploring.ts';
import { engine } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { loadImplementation, type ImplementationOptions } from '../load.ts';
import { suggest } from '../nearest.ts';
import { showFailure } from '../view/failure-view.ts';

/** The options of `lockstep explore`. */
export interface ExploreOptions extends ImplementationOptions, ExploringOptions {
  readonly scenario?: readonly string[];
  /** Bugs of the catalogue, each of which is to be found. */
  readonly bug?: readonly string[];
}

/** Explores a lab's scenarios: crash points and delivery orders, one after the other, within a budget. */
export async function explore(io: Io, labId: string, options: ExploreOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, labId);
  const scenarios = chooseScenarios(lab, options.scenario);
  if (options.bug !== undefined)
    return exploreBugs(io, labs, lab, scenarios, { ...options, bug: options.bug });
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
  const context = {
    ...(await failureContext(engine, loaded)),
    test: { id, title, about },
    overrides: { ...asked.overrides },
  };
  const failure = makeFailure(row, context);
  if (failure === undefined) return;
  const file = join('.lockstep', 'failures', `${id.replaceAll('/', '-')}-${seed}.json`);
  writeWhole(resolve(file), toJson(failure));
  io.out(`  The first of them: ${describeSchedule(first.schedule)}`);
  io.out('');
  showFailure(io, failure, { file, ...(row.trace === undefined ? {} : { trace: row.trace }) });
}
