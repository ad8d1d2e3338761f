import { headline, visibleText } from '@lockstep/test-harness/trace';
import type { VNode } from 'preact';
import type { LabResult, SubmissionResult, TestResult } from '../results.ts';
import { pageOf } from './matrix.tsx';
import { anchorOf, formatInterval, formatMs, formatPoints, peopleOf } from './text.ts';

/** One submission's scores in words: what failed and why, failures of one kind together. */
export function SubmissionSection({ submission }: { readonly submission: SubmissionResult }): VNode {
  const share = submission.possible === 0 ? 0 : Math.min(1, submission.points / submission.possible);
  const people = peopleOf(submission);
  return (
    <section class="submission" id={anchorOf(submission.name)}>
      <header>
        <h3>
          {people ?? visibleText(submission.name)}
          {people !== undefined && <span class="soft id"> {visibleText(submission.name)}</span>}
        </h3>
        <span>
          <span class="bar" aria-hidden="true">
            <i style={`width:${(share * 100).toFixed(1)}%`} />
          </span>
          {submission.status === 'not-graded'
            ? 'not graded'
            : `${formatPoints(submission.points)} of ${formatPoints(submission.possible)} points`}
        </span>
      </header>
      <Remarks submission={submission} />
      {submission.labs.map((result) => (
        <LabSection result={result} hasOthers={submission.labs.length > 1} />
      ))}
    </section>
  );
}

/** What became of the points after the suite had spoken, and what the teacher should know. */
function Remarks({ submission }: { readonly submission: SubmissionResult }): VNode | null {
  const { late, override, handedInAt, notes = [] } = submission;
  const remarks = [
    ...(handedInAt === undefined
      ? []
      : [`Handed in at ${handedInAt.replace('T', ' ').replace(/\.000Z$/, ' UTC')}.`]),
    ...(late === undefined ? [] : [describeLate(late)]),
    ...(override === undefined ? [] : [describeOverride('the total', submission.points, override)]),
    ...notes,
  ];
  return remarks.length === 0 ? null : <p class="soft">{remarks.map(visibleText).join(' ')}</p>;
}

function describeLate({ days, charged, factor, before }: NonNullable<SubmissionResult['late']>): string {
  const late = `${days} ${days === 1 ? 'day' : 'days'} late`;
  if (factor === 1) return `${late}, which costs nothing.`;
  if (factor === 0) return `${late}, too late to count: of ${formatPoints(before)} points nothing is left.`;
  const kept = `${formatPoints(Math.round(factor * 1000) / 10)} % of ${formatPoints(before)} points are left`;
  return `${late}, ${charged} of them charged: ${kept}.`;
}

function describeOverride(
  what: string,
  points: number,
  { earned, reason }: NonNullable<TestResult['override']>,
): string {
  return `By hand: ${what} is ${formatPoints(points)} instead of ${formatPoints(earned)} points (${reason}).`;
}

function LabSection({
  result,
  hasOthers,
}: {
  readonly result: LabResult;
  readonly hasOthers: boolean;
}): VNode {
  const failed = result.tests.filter(({ status }) => status === 'fail');
  const noted = result.tests.filter(({ note }) => note !== undefined);
  const byHand = [
    ...(result.override === undefined ? [] : [describeOverride(result.lab, result.points, result.override)]),
    ...result.tests.flatMap(({ id, points, override }) =>
      override === undefined ? [] : [describeOverride(id, points, override)],
    ),
  ];
  return (
    <div>
      {hasOthers && (
        <p>
          <strong>{result.lab}</strong>: {formatPoints(result.points)} of {formatPoints(result.possible)}
        </p>
      )}
      {result.reason !== undefined && (
        <div class="failure odd">
          <p>{visibleText(result.reason)}</p>
        </div>
      )}
      {byHand.map((text) => (
        <p>{visibleText(text)}</p>
      ))}
      {result.status === 'graded' && failed.length === 0 && (
        <p class="soft">All tests passed with every seed.</p>
      )}
      {grouped(failed).map((group) => (
        <FailureGroup tests={group} />
      ))}
      {noted.map(({ id, note }) => (
        <div class="failure odd">
          <p>
            <code>{id}</code>: {visibleText(note ?? '')}
          </p>
        </div>
      ))}
    </div>
  );
}

/** Tests that failed for the same reason are one thing to look into. */
function grouped(failed: readonly TestResult[]): TestResult[][] {
  const groups = new Map<string, TestResult[]>();
  for (const test of failed) {
    const key = `${test.failure?.kind ?? ''} ${test.failure?.property ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), test]);
  }
  return [...groups.values()];
}

function FailureGroup({ tests }: { readonly tests: readonly TestResult[] }): VNode | null {
  const [first] = tests;
  const failure = first?.failure;
  if (first === undefined || failure === undefined) return null;
  const where = failure.node === undefined ? '' : ` on ${failure.node}`;
  const when = failure.atMs === undefined ? '' : ` at ${formatMs(failure.atMs)}`;
  const seed = failure.seed === undefined ? '' : `, seed ${failure.seed}`;
  return (
    <div class="failure">
      <h4>
        {failure.notImplemented === true ? 'not implemented' : headline(failure)} <Kind kind={failure.kind} />
      </h4>
      <p>{visibleText(failure.message)}</p>
      {failure.explanation !== undefined && (
        <p class="soft">
          First, at {formatMs(failure.explanation.atMs)}:{' '}
          {visibleText(`${failure.explanation.property}: ${failure.explanation.message}`)}
        </p>
      )}
      <p class="soft">
        Seen in {first.id}
        {where}
        {when}
        {seed}.
      </p>
      {failure.artefact !== undefined && (
        <p class="soft">
          The same run again, from the folder of this report:{' '}
          <code>npx lockstep replay {failure.artefact}</code>
        </p>
      )}
      <ul class="tests">
        {tests.map((test) => (
          <FailedTest test={test} />
        ))}
      </ul>
    </div>
  );
}

/** The kind, where the headline does not say it already. */
export function Kind({ kind }: { readonly kind: string }): VNode | null {
  return ['safety', 'liveness', 'budget'].includes(kind) ? <span class="tag">{kind}</span> : null;
}

function FailedTest({ test }: { readonly test: TestResult }): VNode {
  const count = `${test.passed} of ${test.runs + test.skipped} seeds, ${formatInterval(test.interval)}`;
  const artefact = test.failure?.artefact;
  return (
    <li>
      <span class="mono">{test.id}</span> <span class="soft">{count}</span>
      {artefact !== undefined && (
        <>
          {' '}
          <a href={pageOf(artefact)}>timeline</a> <a href={encodeURI(artefact)}>file</a>
        </>
      )}
    </li>
  );
}
