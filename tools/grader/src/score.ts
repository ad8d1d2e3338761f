import type { Row, TestInfo } from '@lockstep/test-harness/runner';
import { creditFor, roundPoints, type Credit } from './credit.ts';
import { wilson95, type Interval } from './wilson.ts';

/** What scoring looks at in a run. */
export type ScoredRun = Pick<Row, 'seed' | 'verdict' | 'reached' | 'notRun'>;

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
  /**
   * `pass`: all points; `fail`: fewer, perhaps some. `suite-fault`: the reference does not reach the test's situations
   * either, so the points count for nobody.
   */
  readonly status: 'pass' | 'fail' | 'suite-fault';
  readonly points: number;
  /** What the test adds to the denominator. */
  readonly possible: number;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  /** Runs that passed without a situation that each must have: they count neither way. */
  readonly void: number;
  /** Runs that were not made because earlier ones took their process down: they count as failed. */
  readonly skipped: number;
  /** The 95 % interval of the share of all seeds that pass, from those that were run. */
  readonly interval: Interval;
  readonly failure?: ScoredFailure;
  /** For the teacher: what is odd about this score. */
  readonly note?: string;
}

/** Runs of one test, and what more is known about them. */
export interface Evidence {
  readonly test: Pick<TestInfo, 'id' | 'points' | 'situations'>;
  /** Seeds that were asked for. */
  readonly asked: number;
  readonly credit: Credit;
  /** All runs so far, in the order of their seeds; with some that were charged, no more are drawn. */
  readonly runs: readonly ScoredRun[];
  /** The reference on the same seeds, once it was asked for. */
  readonly reference?: readonly ScoredRun[];
}

/** What to do next about a test: run more seeds, run the reference on them, or take the score. */
export type Assessment =
  | { readonly next: 'more'; readonly count: number }
  | { readonly next: 'reference'; readonly seeds: readonly string[] }
  | { readonly next: 'done'; readonly score: TestScore };

/** More seeds are drawn until there are so many times as many as asked for. */
const MOST_TIMES = 4;

/**
 * Scores one test, by the policy of partial credit.
 *
 * A situation marked `always` that a passing run lacks makes the run void, and another seed is drawn
 * for it. A situation wanted in k of n seeds that fewer than k runs had makes more seeds be drawn, up
 * to 4 n; where a run has failed, it is not waited for, as a run that fails ends early. What is then
 * still missing is held against the submission only if the reference, on the same seeds, has it.
 */
export function assess(evidence: Evidence): Assessment {
  const failed = evidence.runs.filter(({ verdict }) => verdict.status === 'fail');
  const failing = failed.find(({ notRun }) => notRun !== true) ?? failed[0];
  const isDecided = evidence.credit === 'all-seeds' || evidence.runs.some(({ notRun }) => notRun === true);
  if (failing !== undefined && isDecided) return done(evidence, failedJudgement(failing));
  const more = seedsWanted(evidence, failing === undefined);
  if (more > 0) return { next: 'more', count: more };
  const missing = missingSituations(evidence, evidence.runs).filter(
    ({ rule }) => failing === undefined || rule === 'always',
  );
  if (missing.length > 0 && evidence.reference === undefined) {
    return { next: 'reference', seeds: evidence.runs.map(({ seed }) => seed) };
  }
  const judgement =
    missing.length === 0 ? undefined : judgeMissing(evidence, missing, evidence.reference ?? []);
  if (failing !== undefined) {
    const isOwnFault = judgement?.status === 'fail';
    return done(evidence, failedJudgement(failing), isOwnFault ? evidence.asked : 0);
  }
  return done(evidence, judgement ?? { status: 'pass' }, evidence.asked);
}

interface Missing {
  readonly name: string;
  readonly rule: 'always' | 'some';
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

function seedsWanted({ test, asked, runs }: Evidence, waitsForSome: boolean): number {
  const counted = runs.filter((run) => !isVoid(test, run));
  const forVoid = Math.min(asked - counted.length, asked * MOST_TIMES - runs.length);
  let wanted = Math.max(0, forVoid);
  if (!waitsForSome) return wanted;
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
    return reached >= wanted ? [] : [{ name, rule: rule === 'always' ? rule : 'some', reached, wanted }];
  });
}

function countReached(runs: readonly ScoredRun[], name: string): number {
  return runs.filter(({ reached }) => reached.includes(name)).length;
}

type Judgement = Pick<TestScore, 'status' | 'failure' | 'note'> & {
  /** Nothing that was run counts: no run came to what the test is about. */
  readonly isWorthless?: boolean;
};

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
    isWorthless: own.rule === 'some',
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

function failedJudgement({ seed, verdict, notRun }: ScoredRun): Judgement {
  if (verdict.status === 'pass') return { status: 'pass' };
  const { kind, property, message, node, atMs, stack, notImplemented } = verdict;
  if (notRun === true) return { status: 'fail', failure: { kind, property, message } };
  const failure: ScoredFailure = {
    kind,
    property,
    message,
    seed,
    atMs,
    ...(node === undefined ? {} : { node }),
    ...(stack === undefined ? {} : { stack }),
    ...(notImplemented === undefined ? {} : { notImplemented }),
  };
  return { status: 'fail', failure };
}

/** @param atLeast seeds that the share is of, if fewer counted: that the others were void is the code's own fault. */
function done(evidence: Evidence, { isWorthless, ...judgement }: Judgement, atLeast = 0): Assessment {
  const { test, credit } = evidence;
  const made = evidence.runs.filter(({ notRun }) => notRun !== true);
  const skipped = evidence.runs.length - made.length;
  const failed = made.filter(({ verdict }) => verdict.status === 'fail').length;
  const voided = made.filter((run) => isVoid(test, run)).length;
  const passed = made.length - failed - voided;
  const total = Math.max(passed + failed + skipped, atLeast);
  const part = judgement.status === 'pass' ? 1 : isWorthless === true ? 0 : creditFor(credit, passed, total);
  const isFault = judgement.status === 'suite-fault';
  const score: TestScore = {
    id: test.id,
    points: isFault ? 0 : roundPoints(test.points * part),
    possible: isFault ? 0 : test.points,
    runs: made.length,
    passed,
    failed,
    void: voided,
    skipped,
    interval: wilson95(passed, total),
    ...judgement,
  };
  return { next: 'done', score };
}
