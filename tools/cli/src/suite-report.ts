import { isVoid, keyOf, nodeMajor, type Loaded } from '@lockstep/grader';
import type { LabInfo, Row, TestInfo } from '@lockstep/test-harness/runner';
import { failureVerdictSchema } from '@lockstep/test-harness/trace';
import { z } from 'zod';

/** The version of what `lockstep test --json` writes. */
export const TEST_VERSION = 'lockstep-test/1';

const implementation = z.strictObject({ name: z.string(), hash: z.string() });

const run = z.strictObject({
  seed: z.string(),
  verdict: z.union([z.strictObject({ status: z.literal('pass') }), failureVerdictSchema]),
  void: z.boolean().describe('Passed, but without a situation that each run must have.'),
  traceHash: z
    .string()
    .describe('64-bit hash over all events, in hex; empty when the run took its process down.'),
  simulatedMs: z.number(),
  reached: z.array(z.string()).describe('Situations that the run came to.'),
  counters: z.record(z.string(), z.number()).describe('What all nodes together did.'),
  faults: z.record(z.string(), z.number()).describe('Faults that happened, by name.'),
  bounds: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.number(),
        atLeast: z.number().exactOptional(),
        atMost: z.number().exactOptional(),
      }),
    )
    .describe('Measured values with their bounds.'),
});

const testReport = z.strictObject({
  id: z.string(),
  part: z.string(),
  title: z.string(),
  points: z.number(),
  status: z.enum(['pass', 'fail', 'void', 'not-run']),
  passed: z.int().describe('Runs that passed and were not void.'),
  missing: z.array(z.string()).describe('Situations that a void run lacked.'),
  rare: z
    .array(z.strictObject({ name: z.string(), reached: z.int(), atLeast: z.int(), of: z.int() }))
    .describe('Situations that the grader wants to see in more runs than had them here.'),
  failure: z
    .string()
    .exactOptional()
    .describe('The failure file of the failing seed with the fewest events.'),
  runs: z.array(run).describe('In the order of the seeds.'),
});

/** The outcome of a suite on one implementation: what `lockstep test --json` writes. */
export const suiteReportSchema = z.strictObject({
  version: z.literal(TEST_VERSION),
  lab: z.string(),
  contract: z.string(),
  nodeMajor: z.int(),
  implementation,
  layers: z.record(z.string(), implementation),
  seeds: z.array(z.string()),
  points: z.strictObject({ earned: z.number(), possible: z.number() }),
  tests: z.array(testReport),
});

/** See {@link suiteReportSchema}. */
export type SuiteReport = z.infer<typeof suiteReportSchema>;
/** One test of a {@link SuiteReport}. */
export type TestReport = z.infer<typeof testReport>;

/** Puts the rows of a suite's runs together. */
export function makeReport(
  loaded: Loaded,
  tests: readonly TestInfo[],
  seeds: readonly string[],
  rows: readonly Row[],
): SuiteReport {
  const byRun = new Map(rows.map((row) => [keyOf(row), row]));
  const reports = tests.map((test) => {
    const own = seeds.flatMap((seed) => byRun.get(keyOf({ test: test.id, seed })) ?? []);
    return makeTestReport(loaded.lab, test, seeds, own);
  });
  const layers = Object.entries(loaded.layers).map(([id, { bundle }]) => [
    id,
    { name: bundle.name, hash: bundle.hash },
  ]);
  return {
    version: TEST_VERSION,
    lab: loaded.lab.id,
    contract: loaded.lab.contract,
    nodeMajor: nodeMajor(),
    implementation: { name: loaded.bundle.name, hash: loaded.bundle.hash },
    layers: Object.fromEntries(layers),
    seeds: [...seeds],
    points: {
      earned: sum(reports.map(({ status, points }) => (status === 'pass' ? points : 0))),
      possible: sum(reports.map(({ points }) => points)),
    },
    tests: reports,
  };
}

function makeTestReport(
  lab: LabInfo,
  test: TestInfo,
  seeds: readonly string[],
  rows: readonly Row[],
): TestReport {
  const always = Object.entries(test.situations).flatMap(([name, rule]) => (rule === 'always' ? [name] : []));
  const voided = rows.filter((row) => isVoid(test, row));
  const failed = rows.filter(({ verdict }) => verdict.status === 'fail');
  return {
    id: test.id,
    part: lab.parts.find(({ tests }) => tests.some(({ id }) => id === test.id))?.id ?? '',
    title: test.title,
    points: test.points,
    status: statusOf(rows.length, seeds.length, failed.length, voided.length),
    passed: rows.length - failed.length - voided.length,
    missing: always.filter((name) => voided.some(({ reached }) => !reached.includes(name))),
    rare: rareSituations(test, rows),
    runs: rows.map((row) => makeRun(row, voided.includes(row))),
  };
}

function statusOf(runs: number, wanted: number, failed: number, voided: number): TestReport['status'] {
  if (failed > 0) return 'fail';
  if (runs < wanted) return 'not-run';
  return voided > 0 ? 'void' : 'pass';
}

function rareSituations(test: TestInfo, rows: readonly Row[]): TestReport['rare'] {
  return Object.entries(test.situations).flatMap(([name, rule]) => {
    if (rule === 'always') return [];
    const reached = rows.filter((row) => row.reached.includes(name)).length;
    // So many of so few is no reason to worry.
    const isFrequent = reached >= rule.atLeast || reached * rule.of >= rule.atLeast * rows.length;
    return isFrequent ? [] : [{ name, reached, atLeast: rule.atLeast, of: rule.of }];
  });
}

function makeRun(row: Row, voided: boolean): TestReport['runs'][number] {
  return {
    seed: row.seed,
    verdict: { ...row.verdict },
    void: voided,
    traceHash: row.traceHash,
    simulatedMs: row.simulatedMs,
    reached: [...row.reached],
    counters: { ...row.counters },
    faults: { ...row.faults },
    bounds: row.bounds.map((bound) => ({ ...bound })),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
