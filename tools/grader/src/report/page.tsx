import type { VNode } from 'preact';
import type { Results } from '../results.ts';
import { renderDocument } from './document.tsx';
import { Matrix } from './matrix.tsx';
import { SubmissionSection } from './submission.tsx';

/** The class's report: one page, readable from a file, in a browser or on paper. */
export function renderReport(results: Results): string {
  const title = `Lockstep report: ${results.labs.map((lab) => lab.title).join(', ')}`;
  return renderDocument(title, <Report results={results} />);
}

function Report({ results }: { readonly results: Results }): VNode {
  const ungraded = results.submissions.filter(({ status }) => status === 'not-graded');
  return (
    <main>
      <h1>{results.labs.map((lab) => lab.title).join(', ')}</h1>
      <p class="soft">
        {results.submissions.length} submissions, each test run with {results.seeds.length} seeds on Node{' '}
        {results.nodeMajor}. A test gives its points when every seed passes. A cell shows how many seeds
        passed, and leads to the first one that did not; “–” is not implemented; “n/r”: all runs passed, but
        never came to what the test is about.
      </p>
      {ungraded.length > 0 && (
        <div class="failure odd">
          <p>
            Not graded, for reasons that are not theirs: {ungraded.map(({ name }) => name).join(', ')}. Grade
            them again.
          </p>
        </div>
      )}
      {results.labs.map((lab) => (
        <>
          {results.labs.length > 1 && <h2>{lab.title}</h2>}
          <Matrix results={results} lab={lab} />
        </>
      ))}
      <h2>Submission by submission</h2>
      {results.submissions.map((submission) => (
        <SubmissionSection submission={submission} />
      ))}
    </main>
  );
}
