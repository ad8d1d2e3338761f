import type { RunResult, TestInfo } from '@lockstep/test-harness/runner';
import type { Abandoned } from './run-many.ts';

/** What scoring looks at in a run. */
export type ScoredRun = Pick<RunResult, 'seed' | 'verdict' | 'reached'>;

/** A failure as reports show it: the run's own, or one that only all runs together show. */
export interface ScoredFailure {
  /** `not-reached`: every run passed, but the runs never came to what the test is about. */
  readonly kind: 'safety' | 'liveness' | 'budget' | 'crash' | 'hang' | 'not-reached';
  readonly property: string;
  readonly message: string;
  /** The run that shows it; absent when none was made or no single one does. */
  readonly seed?: string;
  readonly node?: string;
  readonly atMs?: number;
  readonly stack?: string;
  readonly notImplemented?: true;
}

/** One test's score over its seeds. */
export interface TestScore {
  readonly id: string;
  /** `suite-fault`: the reference does not reach the test's situations either, so the points count for nobody. */
  readonly status: 'pass' | 'fail' | 'suite-fault';
  readonly points: number;
  /** What the test adds to the denominator. */
  readonly possible: number;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  /** Runs that passed without a situation that each must have: they count neither way. */
  readonly void: number;
  /** Runs that were not made because earlier ones took their process down. */
  readonly skipped: number;
  readonly failure?: ScoredFailure;
  /** For the teacher: what is odd about this score. */
  readonly note?: string;
}

/** Runs of one test, and what more is known about them. */
export interface Evidence {
  readonly test: Pick<TestInfo, 'id' | 'points' | 'situations'>;
  /** Seeds that were asked for. */
  readonly asked: number;
  /** All runs so far, in the order of their seeds. */
  readonly runs: readonly ScoredRun[];
  /** The reference on the same seeds, once it was asked for. */
  readonly reference?: readonly ScoredRun[];
  /** Runs that were given up. With some, no more are drawn. */
  readonly skipped?: Abandoned & { readonly count: number };
}

/** What to do next about a test: run more seeds, run the reference on them, or take the score. */
export type Assessment =
  | { readonly next: 'more'; readonly count: number }
  | { readonly next: 'reference'; readonly seeds: readonly string[] }
  | { readonly next: 'done'; readonly score: TestScore };

/** More seeds are drawn until there are so many times as many as asked for. */
const MOST_TIMES = 4;

/**
 * Scores one test: all of its points when every run passed, none otherwise.
 *
 * A situation marked `always` that a passing run lacks makes the run void, and another seed is drawn
 * for it. A situation wanted in k of n seeds that fewer than k runs had makes more seeds be drawn, up
 * to 4 n. What is then still missing is held against the submission only if the reference, on the
 * same seeds, has it.
 */
export function assess(evidence: Evidence): Assessment {
  const failing = evidence.runs.find(({ verdict }) => verdict.status === 'fail');
  const skipped = evidence.skipped?.count ?? 0;
  if (failing !== undefined || skipped > 0) return done(evidence, failedScore(evidence, failing));
  const more = seedsWanted(evidence);
  if (more > 0) return { next: 'more', count: more };
  const missing = missingSituations(evidence, evidence.runs);
  if (missing.length === 0) return done(evidence, { status: 'pass' });
  if (evidence.reference === undefined) {
    return { next: 'reference', seeds: evidence.runs.map(({ seed }) => seed) };
  }
  return done(evidence, judgeMissing(evidence, missing, evidence.reference));
}

interface Missing {
  readonly name: string;
  /** In how many counted runs it came about, and in how many it should have. */
  readonly reached: number;
  readonly wanted: number;
}

/** A passing run without an `always` situation says nothing. */
export function isVoid(test: Evidence['test'], run: ScoredRun): boolean {
  if (run.verdict.status === 'fail') return false;
  return Object.entries(test.situations).some(
    ([name, rule]) => rule === 'always' && !run.reached.includes(name),
  );
}

function seedsWanted({ test, asked, runs }: Evidence): number {
  const counted = runs.filter((run) => !isVoid(test, run));
  const forVoid = Math.min(asked - counted.length, asked * MOST_TIMES - runs.length);
  let wanted = Math.max(0, forVoid);
  for (const [name, rule] of Object.entries(test.situations)) {
    if (rule === 'always' || countReached(counted, name) >= rule.atLeast) continue;
    wanted = Math.max(wanted, Math.min(rule.of, rule.of * MOST_TIMES - runs.length));
  }
  return wanted;
}

function missingSituations({ test, asked }: Evidence, runs: readonly ScoredRun[]): Missing[] {
  const counted = runs.filter((run) => !isVoid(test, run));
  return Object.entries(test.situations).flatMap(([name, rule]) => {
    const wanted = rule === 'always' ? asked : rule.atLeast;
    const reached = countReached(rule === 'always' ? runs : counted, name);
    return reached >= wanted ? [] : [{ name, reached, wanted }];
  });
}

function countReached(runs: readonly ScoredRun[], name: string): number {
  return runs.filter(({ reached }) => reached.includes(name)).length;
}

type Judgement = Pick<TestScore, 'status' | 'failure' | 'note'>;

function judgeMissing(
  evidence: Evidence,
  missing: readonly Missing[],
  reference: readonly ScoredRun[],
): Judgement {
  const unreachable = new Set(missingSituations(evidence, reference).map(({ name }) => name));
  const own = missing.find(({ name }) => !unreachable.has(name));
  const total = evidence.runs.length;
  if (own === undefined) {
    const names = missing.map(({ name }) => `"${name}"`).join(', ');
    const note = `The suite is at fault: on these ${total} seeds the reference, too, reaches ${names} too seldom.`;
    return { status: 'suite-fault', note };
  }
  const [mine, theirs] = [own.reached, countReached(reference, own.name)];
  return {
    status: 'fail',
    failure: {
      kind: 'not-reached',
      property: own.name,
      message:
        mine === 0
          ? `never reached "${own.name}" in ${total} runs; the reference does in ${theirs} of the same`
          : `reached "${own.name}" in ${mine} of ${total} runs only; the reference does in ${theirs} of the same`,
    },
  };
}

function failedScore({ skipped }: Evidence, failing: ScoredRun | undefined): Judgement {
  if (failing === undefined || failing.verdict.status === 'pass') {
    const { why = 'it was given up', kind: how = 'hang', property: what = 'yields control' } = skipped ?? {};
    return { status: 'fail', failure: { kind: how, property: what, message: `not run: ${why}` } };
  }
  const { kind, property, message, node, atMs, stack, notImplemented } = failing.verdict;
  const failure: ScoredFailure = {
    kind,
    property,
    message,
    seed: failing.seed,
    atMs,
    ...(node === undefined ? {} : { node }),
    ...(stack === undefined ? {} : { stack }),
    ...(notImplemented === undefined ? {} : { notImplemented }),
  };
  return { status: 'fail', failure };
}

function done(evidence: Evidence, judgement: Judgement): Assessment {
  const { test, runs, skipped } = evidence;
  const possible = judgement.status === 'suite-fault' ? 0 : test.points;
  const failed = runs.filter(({ verdict }) => verdict.status === 'fail').length;
  const voided = runs.filter((run) => isVoid(test, run)).length;
  const score: TestScore = {
    id: test.id,
    points: judgement.status === 'pass' ? test.points : 0,
    possible,
    runs: runs.length,
    passed: runs.length - failed - voided,
    failed,
    void: voided,
    skipped: skipped?.count ?? 0,
    ...judgement,
  };
  return { next: 'done', score };
}
