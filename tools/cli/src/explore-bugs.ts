import type { ExploreReport } from '@lockstep/test-harness/explore';
import type { LabInfo, TestInfo } from '@lockstep/test-harness/runner';
import { fit, visibleText } from '@lockstep/test-harness/trace';
import { readCatalogue, type CataloguedBug } from './bugs/catalogue.ts';
import { isStated } from './bugs/kill-rate.ts';
import { EXIT, UsageError } from './exit.ts';
import { exploreOne, type ExploringOptions } from './exploring.ts';
import { interruptible } from './interrupt.ts';
import type { Io } from './io.ts';
import { loadImplementation, type ImplementationOptions } from './load.ts';
import { count, renderTable } from './view/table.ts';

/** Which bugs are looked for, and how. */
interface HuntOptions extends ImplementationOptions, ExploringOptions {
  readonly bug: readonly string[];
}

/** The scenario in which a bug has shown itself, and what was explored of it. */
interface Find {
  readonly scenario: TestInfo;
  readonly report: ExploreReport;
  readonly message: string;
}

/**
 * Looks for each of these bugs in one scenario after the other, until one of the properties breaks that the bug says it
 * breaks. Status 1 when one of them is not found.
 */
export async function exploreBugs(
  io: Io,
  labs: readonly LabInfo[],
  lab: LabInfo,
  scenarios: readonly TestInfo[],
  options: HuntOptions,
): Promise<number> {
  if (options.impl !== undefined || options.patch !== undefined) {
    throw new UsageError(
      '--bug takes the reference with that bug in it, so it cannot be used with --impl or --patch.',
    );
  }
  const bugs = readCatalogue(lab, options.bug);
  const rows: string[][] = [];
  let found = 0;
  for (const catalogued of bugs) {
    const { id } = catalogued.bug;
    const find = await interruptible((signal) =>
      findBug(io, labs, lab, scenarios, catalogued, options, signal),
    );
    if (find === 'interrupted') return EXIT.interrupted;
    io.err(
      `${id}: ${find === undefined ? 'not found' : `found in ${count(find.report.schedules, 'schedule')}`}`,
    );
    rows.push(rowOf(io, id, find));
    if (find !== undefined) found++;
  }
  const columns = ['bug', 'scenario', 'schedules', 'orders', 'what breaks'].map((title) => ({ title }));
  io.out(renderTable(io, columns, rows));
  io.out(io.colors.bold(`${found} of ${count(bugs.length, 'bug')} found.`));
  return found === bugs.length ? EXIT.ok : EXIT.failed;
}

async function findBug(
  io: Io,
  labs: readonly LabInfo[],
  lab: LabInfo,
  scenarios: readonly TestInfo[],
  { file, bug }: CataloguedBug,
  options: HuntOptions,
  signal: AbortSignal,
): Promise<Find | 'interrupted' | undefined> {
  const loaded = await loadImplementation(labs, lab, { ...options, patch: file });
  for (const scenario of scenarios) {
    const report = await exploreOne(io, loaded, scenario, options, signal);
    if (report === undefined) return 'interrupted';
    const stated = report.found.find(({ result }) => isStated(bug, result));
    if (stated?.result.verdict.status !== 'fail') continue;
    const { property, message } = stated.result.verdict;
    return { scenario, report, message: `${property}: ${message}` };
  }
  return undefined;
}

function rowOf(io: Io, id: string, find: Find | undefined): string[] {
  if (find === undefined) return [id, 'none', '', '', 'not found'];
  const { scenario, report, message } = find;
  const name = scenario.id.split('/').at(-1) ?? scenario.id;
  return [
    id,
    name,
    String(report.schedules),
    String(report.classes),
    fit(visibleText(message), Math.max(30, io.columns - 80)),
  ];
}
