import type { PictureData } from './data.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

/** The whole page. The data sits in a script element that no browser runs. */
export function pageFor(data: PictureData): string {
  const heading = escapeHtml(data.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<div class="line"><span class="badge ${data.verdict}">${data.verdict}</span>
<h1>${heading}</h1><span class="dim">model ${escapeHtml(data.model)}</span>
<span class="tools"><label id="keys">key <select id="partition"></select></label>
<button id="fit" title="Show everything (0)">whole</button>
<button id="violation" title="Show the contradiction (v)">violation</button>
<button id="theme" title="Light or dark">theme</button></span></div>
<p id="sentence">${escapeHtml(data.sentence)}</p>
<p class="dim" id="note">${escapeHtml(data.note)}</p>
<p class="dim legend"><span class="swatch done"></span>operation
<span class="swatch pending"></span>never returned
<span class="swatch core"></span>contradiction
<span class="tick"></span>linearization point
<span class="help">wheel: zoom · drag: move · shift+wheel: sideways · click: follow a key</span></p>
</header>
<main><canvas id="canvas" tabindex="0" aria-label="The operations of each client over time"></canvas>
<div id="tip" hidden></div></main>
<script type="application/json" id="data">${escapeJson(data)}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** JSON that cannot end the element it stands in. */
function escapeJson(data: PictureData): string {
  return JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
}
