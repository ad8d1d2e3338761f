/** The looks of the page: light or dark as the reader's system has it, or as the reader chose. */
export const STYLE = `
:root { color-scheme: light; --bg: #ffffff; --fg: #1c2330; --dim: #667085; --line: #e4e7ec; --band: #f7f8fa;
  --done: #8fb3e0; --doneline: #4a78b5; --pending: #c9b458; --core: #e5484d; --point: #1c2330; --window: #e5484d1c;
  --ok: #1a7f4b; --bad: #c4262e; --maybe: #9a6700; --tip: #1c2330; --tipfg: #ffffff; }
:root.dark { color-scheme: dark; --bg: #14171d; --fg: #e6e9ef; --dim: #98a2b3; --line: #2b313b; --band: #1a1e26;
  --done: #3d6496; --doneline: #79a8e0; --pending: #8a7a2e; --core: #f2555a; --point: #f4f6fa; --window: #f2555a26;
  --ok: #3fb37f; --bad: #f2555a; --maybe: #d4a72c; --tip: #e6e9ef; --tipfg: #14171d; }
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: var(--bg); color: var(--fg);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; }
header { padding: 10px 16px 6px; border-bottom: 1px solid var(--line); }
.line { display: flex; align-items: center; gap: 10px; flex-wrap: wrap; }
h1 { font-size: 16px; margin: 0; font-weight: 600; }
p { margin: 6px 0; max-width: 110ch; }
p:empty { display: none; }
.dim { color: var(--dim); font-size: 12.5px; }
.badge { padding: 2px 10px; border-radius: 10px; color: var(--bg); font-size: 12.5px; font-weight: 600; }
.linearizable { background: var(--ok); }
.violated { background: var(--bad); }
.unknown { background: var(--maybe); }
.tools { margin-left: auto; display: flex; gap: 8px; align-items: center; font-size: 12.5px; }
button, select { font: inherit; color: inherit; background: var(--band); border: 1px solid var(--line);
  border-radius: 6px; padding: 2px 10px; }
.legend { display: flex; align-items: center; gap: 6px; flex-wrap: wrap; max-width: none; }
.swatch { width: 22px; height: 9px; border-radius: 3px; display: inline-block; margin-left: 10px; }
.swatch:first-child { margin-left: 0; }
.swatch.done { background: var(--done); }
.swatch.pending { background: linear-gradient(90deg, var(--pending), transparent); }
.swatch.core { background: var(--core); }
.tick { width: 2px; height: 13px; background: var(--point); display: inline-block; margin-left: 14px; }
.help { margin-left: auto; }
main { position: relative; flex: 1; min-height: 120px; overflow: hidden; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; cursor: grab; outline: none; }
canvas.dragging { cursor: grabbing; }
#tip { position: absolute; pointer-events: none; background: var(--tip); color: var(--tipfg); padding: 6px 9px;
  border-radius: 6px; font-size: 12.5px; max-width: 46ch; white-space: pre-line; overflow-wrap: anywhere; }
`;
