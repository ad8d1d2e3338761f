import { z } from 'zod';
import type { LabResult, Results } from './results.ts';

/** The version of a file of expected scores. */
export const EXPECTED_VERSION = 'lockstep-expected/1';

const points = z.union([
  z.number(),
  z.enum(['all', 'some', 'none']),
  z.strictObject({ atLeast: z.number(), atMost: z.number() }),
]);

const expectation = z.strictObject({
  points: points.describe('A number, `all`, `none`, `some` (more than none, fewer than all), or bounds.'),
  status: z.enum(['graded', 'missing', 'refused']).exactOptional().describe('Default: graded.'),
  fails: z
    .record(z.string(), z.array(z.string()))
    .exactOptional()
    .describe('Tests that must fail, by id, each with the kinds or properties of failure that are right.'),
  passes: z.array(z.string()).exactOptional().describe('Tests that must pass, by id.'),
  reason: z
    .string()
    .exactOptional()
    .describe('Text that must occur in the reason for a refusal, or in every failure.'),
});

/** Scores that a class is expected to get: what `lockstep grade --expect` checks. */
export const expectedSchema = z.strictObject({
  version: z.literal(EXPECTED_VERSION),
  submissions: z
    .record(z.string(), z.record(z.string(), expectation))
    .describe('By name of the submission, then by lab. Every submission of the class must be here.'),
});

/** See {@link expectedSchema}. */
export type Expected = z.infer<typeof expectedSchema>;
type Expectation = z.infer<typeof expectation>;

/** Where a result differs from what was expected. */
export interface Difference {
  readonly submission: string;
  readonly lab: string;
  readonly expected: string;
  readonly actual: string;
}

/** All differences, in the order of the results; none when every score is as expected. */
export function compareWithExpected(results: Results, expected: Expected): Difference[] {
  const differences: Difference[] = [];
  const add = (submission: string, lab: string, wanted: string, actual: string): void => {
    differences.push({ submission, lab, expected: wanted, actual });
  };
  for (const { name, labs } of results.submissions) {
    for (const result of labs) {
      const own = expected.submissions[name]?.[result.lab];
      if (own === undefined) add(name, result.lab, 'nothing is said', describeScore(result));
      else for (const [wanted, actual] of differencesIn(result, own)) add(name, result.lab, wanted, actual);
    }
  }
  for (const [name, labs] of Object.entries(expected.submissions)) {
    const graded = results.submissions.find((submission) => submission.name === name);
    for (const lab of Object.keys(labs)) {
      if (!graded?.labs.some((result) => result.lab === lab)) add(name, lab, 'a score', 'was not graded');
    }
  }
  return differences;
}

function differencesIn(result: LabResult, expectation: Expectation): [wanted: string, actual: string][] {
  const found: [string, string][] = [];
  const status = expectation.status ?? 'graded';
  if (result.status !== status) found.push([status, `${result.status}: ${result.reason ?? ''}`]);
  if (!hasPoints(result, expectation.points))
    found.push([describePoints(expectation.points), describeScore(result)]);
  for (const [id, kinds] of Object.entries(expectation.fails ?? {})) {
    const failure = result.tests.find((test) => test.id === id)?.failure;
    if (failure === undefined) found.push([`${id} fails`, 'it does not']);
    else if (!kinds.includes(failure.kind) && !kinds.includes(failure.property)) {
      found.push([`${id} fails: ${kinds.join(' or ')}`, `${failure.kind}, ${failure.property}`]);
    }
  }
  for (const id of expectation.passes ?? []) {
    const test = result.tests.find((candidate) => candidate.id === id);
    if (test?.status !== 'pass') found.push([`${id} passes`, test?.failure?.message ?? 'it was not run']);
  }
  const text = expectation.reason;
  if (text !== undefined) {
    const wrong = reasonsOf(result).find((reason) => !reason.includes(text));
    if (wrong !== undefined) found.push([`a reason with "${text}"`, wrong]);
  }
  return found;
}

function reasonsOf(result: LabResult): string[] {
  const own = result.reason === undefined ? [] : [result.reason];
  return [
    ...own,
    ...result.tests.flatMap(({ failure }) => (failure ? [`${failure.property}: ${failure.message}`] : [])),
  ];
}

function hasPoints(result: LabResult, wanted: Expectation['points']): boolean {
  if (wanted === 'all') return result.points === result.possible && result.possible > 0;
  if (wanted === 'none') return result.points === 0;
  if (wanted === 'some') return result.points > 0 && result.points < result.possible;
  if (typeof wanted === 'number') return result.points === wanted;
  return result.points >= wanted.atLeast && result.points <= wanted.atMost;
}

function describePoints(wanted: Expectation['points']): string {
  if (wanted === 'all') return 'all points';
  if (wanted === 'none') return '0 points';
  if (wanted === 'some') return 'some points, not all';
  if (typeof wanted === 'number') return `${wanted} points`;
  return `${wanted.atLeast} to ${wanted.atMost} points`;
}

function describeScore({ points: earned, possible }: LabResult): string {
  return `${earned} of ${possible} points`;
}
