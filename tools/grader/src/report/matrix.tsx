import { visibleText } from '@lockstep/test-harness/trace';
import type { VNode } from 'preact';
import type { LabResult, Results, SubmissionResult, TestResult } from '../results.ts';
import { anchorOf, formatInterval, formatPoints, peopleOf } from './text.ts';

type LabColumn = Results['labs'][number];
type TestColumn = LabColumn['tests'][number];

/** One lab's table: a row a submission, a column a test. */
export function Matrix({ results, lab }: { readonly results: Results; readonly lab: LabColumn }): VNode {
  const parts = [...new Set(lab.tests.map(({ part }) => part))];
  const widthOf = (part: string): number => lab.tests.filter((test) => test.part === part).length;
  return (
    <div class="scroll">
      <table class="matrix">
        <thead>
          <tr>
            <th colSpan={2} />
            {parts.map((part) => (
              <th class="part" colSpan={widthOf(part)} scope="colgroup">
                Part {part}
              </th>
            ))}
          </tr>
          <tr>
            <th class="student" scope="col">
              Submission
            </th>
            <th class="total" scope="col">
              Points
            </th>
            {lab.tests.map((test, i) => (
              <th
                class={`test ${startsPart(lab, i) ? 'first' : ''}`}
                scope="col"
                title={`${test.id}: ${test.title}`}
              >
                <span>
                  {test.id.split('/').at(-1)}
                  {test.hidden === true && <em> hidden</em>}
                </span>
              </th>
            ))}
          </tr>
          <tr class="points-row">
            <th class="student" />
            <th class="total">of {formatPoints(lab.possible)}</th>
            {lab.tests.map((test, i) => (
              <th class={startsPart(lab, i) ? 'first' : ''}>{formatPoints(test.points)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {results.submissions.map((submission) => (
            <SubmissionRow submission={submission} lab={lab} />
          ))}
        </tbody>
        <tfoot>
          <PassCounts results={results} lab={lab} />
        </tfoot>
      </table>
    </div>
  );
}

function startsPart(lab: LabColumn, i: number): boolean {
  return lab.tests[i]?.part !== lab.tests[i - 1]?.part;
}

function SubmissionRow({
  submission,
  lab,
}: {
  readonly submission: SubmissionResult;
  readonly lab: LabColumn;
}): VNode {
  const result = submission.labs.find((candidate) => candidate.lab === lab.id);
  const people = peopleOf(submission);
  // Where there is but one lab, its column has what counts in the end.
  const isWhole = submission.labs.length === 1;
  const total = (isWhole ? submission.points : result?.points) ?? 0;
  return (
    <tr>
      <th class="student" scope="row">
        <a href={`#${anchorOf(submission.name)}`}>{people ?? visibleText(submission.name)}</a>
        {people !== undefined && <span class="soft id"> {visibleText(submission.name)}</span>}
        {submission.late !== undefined && (
          <>
            {' '}
            <span class="tag">{submission.late.days} d late</span>
          </>
        )}
      </th>
      <td class="total" title={isWhole ? finalTitle(submission) : undefined}>
        {result === undefined || result.status === 'not-graded' ? '–' : formatPoints(total)}
      </td>
      {result?.status === 'graded' ? (
        lab.tests.map((test, i) => <Cell test={test} result={result} isFirst={startsPart(lab, i)} />)
      ) : (
        <td class="no-score first" colSpan={lab.tests.length}>
          {result === undefined
            ? 'not asked for'
            : `${statusWord(result)}: ${visibleText(result.reason ?? '')}`}
        </td>
      )}
    </tr>
  );
}

/** How the points in the end came from those of the tests. */
function finalTitle({ labs, late, override }: SubmissionResult): string | undefined {
  if (override !== undefined) return visibleText(`by hand: ${override.reason}`);
  if (late === undefined) return visibleText(labs[0]?.override?.reason ?? '') || undefined;
  return `${formatPoints(late.before)} before lateness`;
}

function statusWord({ status }: LabResult): string {
  return status === 'missing' ? 'not handed in' : status === 'refused' ? 'refused' : 'not graded';
}

interface CellProps {
  readonly test: TestColumn;
  readonly result: LabResult;
  readonly isFirst: boolean;
}

function Cell({ test, result, isFirst }: CellProps): VNode {
  const score = result.tests.find(({ id }) => id === test.id);
  const place = isFirst ? 'first' : '';
  if (score === undefined) return <td class={`${place} no-score`}>?</td>;
  if (score.override !== undefined) {
    const { earned, reason } = score.override;
    return (
      <td class={`${place} by-hand`} title={visibleText(`${formatPoints(earned)} before: ${reason}`)}>
        {formatPoints(score.points)}*
      </td>
    );
  }
  if (score.status === 'pass') {
    return (
      <td
        class={`${place} pass`}
        title={`${score.passed} of ${score.passed} seeds, ${formatInterval(score.interval)}`}
      >
        ✓
      </td>
    );
  }
  if (score.status === 'suite-fault') {
    return (
      <td class={`${place} no-score`} title={visibleText(score.note ?? '')}>
        n/a
      </td>
    );
  }
  const { failure } = score;
  const share = `${score.passed} of ${score.runs + score.skipped} seeds, ${formatInterval(score.interval)}`;
  const title =
    failure === undefined ? share : visibleText(`${share}. ${failure.property}: ${failure.message}`);
  const text = cellText(score);
  return (
    <td class={`${place} ${score.passed > 0 ? 'part-way' : 'fail'}`} title={title}>
      {failure?.artefact === undefined ? text : <a href={pageOf(failure.artefact)}>{text}</a>}
    </td>
  );
}

function cellText({ failure, passed, runs, skipped }: TestResult): string {
  if (failure?.notImplemented === true) return '–';
  if (failure?.kind === 'not-reached') return 'n/r';
  return `${passed}/${runs + skipped}`;
}

function PassCounts({ results, lab }: { readonly results: Results; readonly lab: LabColumn }): VNode {
  const graded = results.submissions.flatMap(({ labs }) =>
    labs.filter((result) => result.lab === lab.id && result.status === 'graded'),
  );
  const passing = (id: string): number =>
    graded.filter(({ tests }) => tests.some((test) => test.id === id && test.status === 'pass')).length;
  return (
    <tr class="points-row">
      <th class="student">passed by</th>
      <th class="total">of {graded.length}</th>
      {lab.tests.map(({ id }, i) => (
        <th class={startsPart(lab, i) ? 'first' : ''}>{passing(id)}</th>
      ))}
    </tr>
  );
}

/** The page that shows a failure, beside its file. */
export function pageOf(artefact: string): string {
  return encodeURI(artefact.replace(/\.json$/, '.html'));
}
