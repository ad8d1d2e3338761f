import { homeSeed, ReferenceShelf, toJson, writeWhole } from '@lockstep/grader';
import {
  account,
  explains,
  findMutants,
  hunt,
  keyOf,
  NotAList,
  OPERATOR_NAMES,
  parseExplained,
  sample,
  UnfitSuite,
  type Account,
  type ExplainedGroup,
  type HuntOptions,
  type Mutant,
  type Outcome,
} from '@lockstep/mutants';
import { readReference, type LabInfo, type ReferenceSources } from '@lockstep/test-harness/runner';
import { fit, visibleText } from '@lockstep/test-harness/trace';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { chooseTests, findLab } from '../choose.ts';
import { EXIT, UsageError } from '../exit.ts';
import { engine, shortPath } from '../harness.ts';
import { interruptible } from '../interrupt.ts';
import type { Io } from '../io.ts';
import { suggest } from '../nearest.ts';
import { defaultJobs } from '../options.ts';
import { Progress } from '../progress.ts';
import { count, renderTable } from '../view/table.ts';
import { faultOf } from './test.ts';

/** The version of what `lockstep mutants --json` writes. */
export const MUTANTS_VERSION = 'lockstep-mutants/1';

const mutantReport = z.strictObject({
  file: z.string(),
  line: z.int(),
  operator: z.string().describe('The kind of change.'),
  before: z.string().describe('The lines that it touches, spaces collapsed.'),
  after: z.string(),
  occurrence: z.int().describe('Which of several equal lines of the file.'),
  fate: z
    .enum(['killed', 'survived', 'unreached', 'unbuilt'])
    .describe(
      '`unreached`: no run calls the function. `unbuilt`: the bundler refuses it, or sees no difference.',
    ),
  runs: z.int(),
  changed: z.int().describe('Runs whose trace was not the same as the reference’s.'),
  killer: z
    .strictObject({
      test: z.string(),
      seed: z.string().exactOptional(),
      kind: z.string(),
      property: z.string(),
      message: z.string(),
    })
    .exactOptional(),
  explanation: z.string().exactOptional().describe('Why it may survive, from the list of the lab.'),
});

/** What `lockstep mutants --json` writes. */
export const mutantsSchema = z.strictObject({
  version: z.literal(MUTANTS_VERSION),
  lab: z.string(),
  seeds: z.array(z.string()),
  mutants: z.array(mutantReport),
});

/** The options of `lockstep mutants`. */
export interface MutantsOptions {
  readonly seeds: number;
  readonly sample?: number;
  readonly file?: readonly string[];
  readonly operator?: readonly string[];
  /** What an earlier run wrote with `--json`: only its unexplained survivors are tried. */
  readonly again?: string;
  readonly part?: string;
  readonly jobs?: number;
  readonly json?: string;
}

/** Runs the suite on mutants of the reference, and shows those that live. */
export async function mutants(io: Io, labId: string, options: MutantsOptions): Promise<number> {
  const labs = await engine.discoverLabs();
  const lab = findLab(labs, labId);
  const sources = readReference(lab);
  const list = join(lab.folder, 'mutants.json');
  const groups = readList(list);
  const survivors = options.again === undefined ? undefined : readSurvivors(options.again);
  const all = await findMutants(sources);
  const chosen = choose(all, sources, options, survivors);
  const layers = await new ReferenceShelf(engine, labs).layersOf(lab);
  const below = Object.fromEntries(Object.entries(layers).map(([id, { bundle }]) => [id, bundle]));
  const tests = chooseTests(lab, options.part === undefined ? {} : { part: options.part });
  const seeds = Array.from({ length: options.seeds }, (_, i) => homeSeed(i));
  const progress = new Progress(io, 'mutants', 'mutants');
  progress.line(
    `${lab.id}: ${count(chosen.length, 'mutant')} of ${all.length}, ${count(seeds.length, 'seed')} a test`,
  );
  progress.planned(chosen.length);
  const { outcomes, isInterrupted } = await interruptible(async (signal) => {
    const given = { sources, tests, seeds, jobs: options.jobs ?? defaultJobs(), signal };
    const found = await huntOrExplain(chosen, {
      ...given,
      base: { lab, layers: below },
      isExpected: explains(groups),
      onOutcome: (outcome) => tell(progress, outcome),
    });
    return { outcomes: found, isInterrupted: signal.aborted };
  });
  progress.end();
  const result = account(outcomes, all, groups);
  if (options.json !== undefined) writeJson(options.json, lab, seeds, outcomes, result);
  show(io, outcomes, result, shortPath(list));
  if (isInterrupted) return EXIT.interrupted;
  return result.unexplained.length + result.refuted.length === 0 ? EXIT.ok : EXIT.failed;
}

/** A survivor of the first seed is told of when the others have been tried, too. */
function tell(progress: Progress, { mutant, fate, isFinal }: Outcome): void {
  if (!isFinal) return;
  progress.tick(`${mutant.file}:${mutant.line}`);
  if (fate === 'survived' || fate === 'unreached')
    progress.line(`${fate}: ${mutant.file}:${mutant.line} [${mutant.operator}] ${mutant.after}`);
}

async function huntOrExplain(chosen: readonly Mutant[], options: HuntOptions): Promise<Outcome[]> {
  try {
    return await hunt(chosen, options);
  } catch (error) {
    if (error instanceof UnfitSuite) throw faultOf(error.message);
    throw error;
  }
}

function readList(file: string): readonly ExplainedGroup[] {
  if (!existsSync(file)) return [];
  try {
    return parseExplained(readFileSync(file, 'utf8'), shortPath(file));
  } catch (error) {
    if (error instanceof NotAList) throw new UsageError(error.message);
    throw error;
  }
}

function choose(
  all: readonly Mutant[],
  sources: ReferenceSources,
  options: MutantsOptions,
  survivors: ReadonlySet<string> | undefined,
): readonly Mutant[] {
  const { file: files, operator: operators, sample: size } = options;
  const unknownFile = files?.find((file) => !sources.files.has(file));
  if (unknownFile !== undefined) {
    throw new UsageError(
      `The reference has no file "${unknownFile}". ${suggest(unknownFile, [...sources.files.keys()])}`,
    );
  }
  const unknownOperator = operators?.find((name) => !OPERATOR_NAMES.includes(name));
  if (unknownOperator !== undefined) {
    throw new UsageError(
      `No kind of change is called "${unknownOperator}". ${suggest(unknownOperator, OPERATOR_NAMES)}`,
    );
  }
  const own = all.filter(
    (mutant) =>
      (files?.includes(mutant.file) ?? true) &&
      (operators?.includes(mutant.operator) ?? true) &&
      (survivors?.has(keyOf(mutant)) ?? true),
  );
  return size === undefined ? own : sample(own, size);
}

/** Which mutants an earlier run left alive, and unexplained. */
function readSurvivors(file: string): ReadonlySet<string> {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(resolve(file), 'utf8'));
  } catch (error) {
    throw new UsageError(`--again: ${file} cannot be read: ${(error as Error).message}.`);
  }
  const parsed = mutantsSchema.safeParse(data);
  if (!parsed.success) {
    throw new UsageError(
      `--again: ${file} is not what "lockstep mutants --json" writes (${MUTANTS_VERSION}).`,
    );
  }
  const alive = parsed.data.mutants.filter(
    ({ fate, explanation }) => (fate === 'survived' || fate === 'unreached') && explanation === undefined,
  );
  return new Set(alive.map(keyOf));
}

function writeJson(
  file: string,
  lab: LabInfo,
  seeds: readonly string[],
  outcomes: readonly Outcome[],
  { explained }: Account,
): void {
  const reasons = new Map(explained.map(({ outcome, group }) => [outcome, group.reason]));
  const report: z.infer<typeof mutantsSchema> = {
    version: MUTANTS_VERSION,
    lab: lab.id,
    seeds: [...seeds],
    mutants: outcomes.map((outcome) => {
      const { fate, runs, changed, killer } = outcome;
      const { file: path, line, operator, before, after, occurrence } = outcome.mutant;
      const explanation = reasons.get(outcome);
      return {
        file: path,
        line,
        operator,
        before,
        after,
        occurrence,
        fate,
        runs,
        changed,
        ...(killer === undefined ? {} : { killer }),
        ...(explanation === undefined ? {} : { explanation }),
      };
    }),
  };
  writeWhole(resolve(file), toJson(report));
}

function show(io: Io, outcomes: readonly Outcome[], result: Account, list: string): void {
  const { unexplained, explained, refuted, stale } = result;
  if (unexplained.length > 0) io.out(survivorTable(io, unexplained));
  for (const { mutant, killer } of refuted) {
    const [where, why] = [`${mutant.file}:${mutant.line}`, `${killer?.test ?? ''}: ${killer?.message ?? ''}`];
    io.out(
      `${io.colors.red(where)} is called equivalent in ${list}, and was noticed by ${fit(visibleText(why), 80)}`,
    );
    io.out(`  ${mutant.before}\n  ${mutant.after}`);
  }
  for (const { file, after } of stale)
    io.err(`${list} explains what is no mutant any more: ${file}: ${after}`);
  const counted = outcomes.filter(({ fate }) => fate !== 'unbuilt').length;
  const killed = outcomes.filter(({ fate }) => fate === 'killed').length;
  const living = `${count(explained.length, 'survivor')} explained, ${unexplained.length} not`;
  io.out(io.colors.bold(`${killed} of ${count(counted, 'mutant')} killed, ${living}.`));
}

function survivorTable(io: Io, unexplained: readonly Outcome[]): string {
  const room = Math.max(30, io.columns - 48);
  const rows = unexplained.flatMap(({ mutant, fate, runs, changed }) => [
    [
      io.colors.bold(`${mutant.file}:${mutant.line}`),
      mutant.operator,
      fate === 'unreached' ? 'never called' : `${changed} of ${runs}`,
      fit(visibleText(mutant.before), room),
    ],
    ['', '', '', io.colors.red(fit(visibleText(mutant.after), room))],
  ]);
  const columns = [
    { title: 'survivor' },
    { title: 'change' },
    { title: 'runs that differ' },
    { title: 'before, after' },
  ];
  return renderTable(io, columns, rows);
}
