/** The pages' look: no fonts or pictures from elsewhere, light and dark, and a version for paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c2330; --soft: #5b6575; --line: #d9dee6; --panel: #f5f7fa;
  --good: #14733b; --good-back: #dff3e6; --bad: #a8201a; --bad-back: #fbe3e1;
  --some: #8a5a00; --some-back: #fdf0d5; --none-back: #eceff3; --link: #1f5fbf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181f; --ink: #e4e8ee; --soft: #9aa5b5; --line: #323a47; --panel: #1c222c;
    --good: #7fd6a0; --good-back: #173524; --bad: #ff9d94; --bad-back: #43201e;
    --some: #f0c266; --some-back: #3b2f14; --none-back: #242b36; --link: #8ab8ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 2rem 4rem; max-width: 110rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0; }
p { margin: .35rem 0; max-width: 75ch; }
a { color: var(--link); }
code, pre, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { font-size: .92em; }
.soft { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 0; }
.matrix { font-variant-numeric: tabular-nums; }
.matrix th, .matrix td { border-bottom: 1px solid var(--line); padding: .2rem .45rem; text-align: center; }
.matrix thead th { vertical-align: bottom; font-weight: 500; }
.matrix .part { border-bottom: none; color: var(--soft); text-align: left; border-left: 2px solid var(--line); }
.matrix .test span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; max-height: 16rem; }
.matrix .points-row th { color: var(--soft); font-size: .85em; font-weight: 400; }
.matrix .first { border-left: 2px solid var(--line); }
.matrix .student {
  position: sticky; left: 0; background: var(--page); text-align: left; white-space: nowrap; font-weight: 500;
}
.matrix .total { text-align: right; white-space: nowrap; font-weight: 600; padding-right: .8rem; }
.matrix td a { color: inherit; text-decoration: none; display: block; }
.matrix td a:hover { text-decoration: underline; }
.pass { background: var(--good-back); color: var(--good); }
.fail { background: var(--bad-back); color: var(--bad); }
.part-way { background: var(--some-back); color: var(--some); }
.no-score { background: var(--none-back); color: var(--soft); }
.matrix .no-score { text-align: left; }
.by-hand { background: var(--none-back); color: var(--link); font-weight: 600; }
.id { font-weight: 400; font-size: .9em; } .matrix em { color: var(--some); }
.bar { display: inline-block; width: 6rem; height: .55rem; border-radius: .3rem; background: var(--none-back);
  vertical-align: middle; margin-right: .6rem; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--good); }
.submission { border-top: 2px solid var(--line); padding: 1rem 0 .5rem; break-inside: avoid-page; }
.submission header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
.failure { margin: .7rem 0; padding: .55rem .8rem; background: var(--panel); border-left: 4px solid var(--bad);
  border-radius: 0 .3rem .3rem 0; break-inside: avoid; }
.failure.odd { border-left-color: var(--some); }
.failure h4 { margin: 0; font-size: 1rem; }
.failure p { max-width: 100ch; overflow-wrap: anywhere; }
.tests { display: flex; flex-wrap: wrap; gap: .3rem .5rem; margin: .4rem 0 0; padding: 0; list-style: none;
  font-size: .9em; }
.tests li { background: var(--page); border: 1px solid var(--line); border-radius: .3rem; padding: 0 .45rem; }
.tag { font-size: .8rem; border-radius: .3rem; padding: .05rem .45rem; border: 1px solid currentColor; }
pre { background: var(--panel); padding: .8rem 1rem; overflow-x: auto; font-size: 13px; line-height: 1.35; }
.timeline .time { color: var(--soft); } .timeline .lane { color: var(--line); }
.timeline .gap { color: var(--soft); font-style: italic; } .timeline .lost { color: var(--some); }
.timeline .state { color: var(--good); } .timeline .log { color: var(--soft); }
.timeline .fault { color: var(--some); font-weight: 600; } .timeline .bad { color: var(--bad); font-weight: 700; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .8rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root { --page: #fff; --ink: #000; --soft: #444; --line: #999; --panel: #fff; --none-back: #eee;
    --good: #000; --good-back: #fff; --bad: #000; --bad-back: #ddd; --some: #000; --some-back: #eee; --link: #000; }
  body { padding: 0; font-size: 10.5px; max-width: none; }
  .scroll { overflow: visible; } .matrix .student { position: static; }
  h2 { break-after: avoid; }
  .matrix { font-size: 8.5px; }
  .matrix th, .matrix td { padding: .1rem .2rem; }
  .pass, .fail, .part-way, .no-score { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  pre { font-size: 8px; white-space: pre-wrap; border: 1px solid var(--line); }
  a { text-decoration: none; }
}
`;
