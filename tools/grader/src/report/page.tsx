import { visibleText } from '@lockstep/test-harness/trace';
import type { VNode } from 'preact';
import type { Results, Times } from '../results.ts';
import { renderDocument } from './document.tsx';
import { Matrix } from './matrix.tsx';
import { SubmissionSection } from './submission.tsx';

/** The class's report: one page, readable from a file, in a browser or on paper. */
export function renderReport(results: Results, times?: Times): string {
  const title = `Lockstep report: ${results.labs.map((lab) => lab.title).join(', ')}`;
  return renderDocument(title, <Report results={results} walls={times?.walls} />);
}

function Report({
  results,
  walls,
}: {
  readonly results: Results;
  readonly walls: readonly string[] | undefined;
}): VNode {
  const ungraded = results.submissions.filter(({ status }) => status === 'not-graded');
  const hidden = results.labs.flatMap(({ tests }) => tests.filter((test) => test.hidden === true)).length;
  return (
    <main>
      <h1>{results.labs.map((lab) => lab.title).join(', ')}</h1>
      <p class="soft">
        {results.submissions.length} submissions, each test run with {results.seeds} seeds
        {results.hasSecretSeeds ? ' that the course keeps secret' : ''} on Node {results.nodeMajor}.{' '}
        {CREDIT[results.credit]} A cell shows how many seeds passed
        {results.hasSecretSeeds ? '' : ', and leads to the first one that did not'}; “–” is not implemented;
        “n/r”: all runs passed, but never came to what the test is about. The range beside a count is where
        the share of all seeds is, with 95 % confidence.
      </p>
      {hidden > 0 && (
        <p class="soft">
          Students do not have {hidden === 1 ? 'one of the tests' : `${hidden} of the tests`}, marked
          “hidden”.
        </p>
      )}
      {walls !== undefined && <Walls walls={walls} />}
      {ungraded.length > 0 && (
        <div class="failure odd">
          <p>
            Not graded, for reasons that are not theirs:{' '}
            {ungraded.map(({ name }) => visibleText(name)).join(', ')}. Grade them again.
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

const CREDIT: Readonly<Record<Results['credit'], string>> = {
  'all-seeds': 'A test gives its points when every seed passes.',
  share: 'A test gives the share of its points that is the share of seeds which pass.',
  'share-confident':
    'A test gives the share of its points that its passing seeds make certain (the lower end of the interval, as a ' +
    'part of that of a submission without fault).',
};

const WALLS: Readonly<Record<string, string>> = {
  limits: 'limits on memory, stack, files and cores',
  bubblewrap: 'namespaces of its own: no files but the program’s, no network, no other processes',
  'other-user': 'another user without any capability',
  'no-network': 'no network',
};

function Walls({ walls }: { readonly walls: readonly string[] }): VNode {
  return (
    <p class="soft">
      Around every process: the hardened language and Node’s permissions, as always;{' '}
      {walls.length === 0
        ? 'of the operating system no wall stood on this machine.'
        : `of the operating system ${walls.map((wall) => `${wall} (${WALLS[wall] ?? ''})`).join('; ')}.`}
    </p>
  );
}
