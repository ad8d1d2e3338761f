import {
  headline,
  renderTimeline,
  threwSentence,
  timelineLegend,
  visibleLines,
  visibleText,
  type Failure,
} from '@lockstep/test-harness/trace';
import type { VNode } from 'preact';
import { renderDocument } from './document.tsx';
import { Kind } from './submission.tsx';
import { formatMs } from './text.ts';

/** The page of one failing run: what broke, where and when, and the events before it. */
export function renderFailurePage(
  failure: Failure,
  links: { readonly report: string; readonly file: string },
): string {
  const title = `${failure.test.id}, seed ${failure.seed}`;
  return renderDocument(title, <FailurePage failure={failure} links={links} />);
}

interface Props {
  readonly failure: Failure;
  readonly links: { readonly report: string; readonly file: string };
}

function FailurePage({ failure, links }: Props): VNode {
  const { verdict, test } = failure;
  const threw = threwSentence(failure);
  return (
    <main>
      <p>
        <a href={links.report}>Back to the report</a>
      </p>
      <h1>{test.title}</h1>
      <p class="soft">
        <code>{test.id}</code> on {visibleText(failure.implementation.name)}
      </p>
      <div class="failure">
        <h4>
          {headline(verdict)} <Kind kind={verdict.kind} />
        </h4>
        <p>{visibleText(verdict.message)}</p>
        {verdict.explanation !== undefined && (
          <p>
            First, at {formatMs(verdict.explanation.atMs)}:{' '}
            {visibleText(`${verdict.explanation.property}: ${verdict.explanation.message}`)}
          </p>
        )}
        {threw !== undefined && <p>{threw}</p>}
      </div>
      <Facts failure={failure} file={links.file} />
      {verdict.stack !== undefined && <pre>{visibleLines(verdict.stack)}</pre>}
      <h2>What happened</h2>
      {failure.trace === null ? (
        <p class="soft">The run took its process down, so there is no recording.</p>
      ) : (
        <Timeline failure={failure} />
      )}
      <h2>What the test is about</h2>
      <p>{test.about}</p>
    </main>
  );
}

function Facts({ failure, file }: { readonly failure: Failure; readonly file: string }): VNode {
  const { verdict } = failure;
  return (
    <dl>
      <dt>Virtual time</dt>
      <dd>{formatMs(verdict.atMs)}</dd>
      <dt>Node</dt>
      <dd>{verdict.node ?? 'none in particular'}</dd>
      <dt>Seed</dt>
      <dd class="mono">{failure.seed}</dd>
      <dt>Trace hash</dt>
      <dd class="mono">{failure.traceHash}</dd>
      <dt>The same run again</dt>
      <dd>
        <code>npx lockstep replay {file} --impl FOLDER</code> (<a href={encodeURI(file)}>the file</a>)
      </dd>
    </dl>
  );
}

function Timeline({ failure }: { readonly failure: Failure }): VNode {
  const lines = renderTimeline(failure.trace?.events ?? [], {
    ...(failure.trace === null ? {} : { nodes: failure.trace.nodes }),
    width: 150,
    rows: 80,
    paint: (style, text) => `<span class="${style}">${escapeHtml(text)}</span>`,
  });
  return (
    <>
      {/* Every text in it went through `paint`, which escapes; between are spaces. */}
      <pre class="timeline" dangerouslySetInnerHTML={{ __html: lines.join('\n') }} />
      <p class="soft mono">{timelineLegend()}</p>
    </>
  );
}

function escapeHtml(text: string): string {
  const codes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (char) => codes[char] ?? char);
}
