/** The style sheet of the report. Colours come from page/palette.ts, for both themes at once. */
import { customProperties } from './page/palette.ts';

export function pageStyle(): string {
  return `:root {
color-scheme: light dark;
${customProperties()}
}
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
${LAYOUT}${VERDICT}${TABLES}${CHARTS}${NARROW}`;
}

const LAYOUT = `
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
header, main { max-width: 1480px; margin: 0 auto; padding: 0 20px; }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 18px; margin: 14px 0;
}
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 8px; }
h2 .muted { font-weight: normal; font-size: 13px; margin-left: 6px; }
p { margin: 4px 0; }
code, pre, .number, output { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
code { font-size: 13px; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
`;

const VERDICT = `
.verdict { padding-top: 20px; }
.verdict .bar { display: flex; align-items: center; gap: 14px; flex-wrap: wrap; }
.stamp {
  order: -1; margin: 0; padding: 4px 14px; border-radius: 8px; color: var(--onColour);
  font-weight: 700; font-size: 18px; text-transform: uppercase; letter-spacing: 0.06em;
}
.green .stamp { background: var(--passed); }
.red .stamp { background: var(--finding); }
.skipped .stamp { background: var(--muted); }
.theme { margin-left: auto; font-size: 13px; color: var(--muted); }
select, button {
  font: inherit; font-size: 13px; color: var(--text); background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; padding: 3px 9px; min-height: 28px;
}
button { cursor: pointer; min-width: 32px; }
button:hover { border-color: var(--accent); }
button[aria-pressed='false'] { opacity: 0.55; text-decoration: line-through; }
.lead { font-size: 17px; margin-top: 10px; }
.first-error {
  display: flex; gap: 10px; align-items: center; flex-wrap: wrap; margin: 12px 0 0; padding: 10px 14px;
  border: 1px solid var(--finding); border-left-width: 5px; border-radius: 8px; background: var(--card);
}
.first-error strong { color: var(--finding); }
.first-error span { overflow-wrap: anywhere; flex: 1 1 240px; min-width: 0; }
a.button {
  background: var(--accent); color: var(--onColour); text-decoration: none; font-weight: 600;
  padding: 5px 12px; border-radius: 6px; white-space: nowrap;
}
.checks { list-style: none; margin: 0; padding: 0; }
.checks > li { border-top: 1px solid var(--grid); }
.checks > li:first-child { border-top: 0; }
.line { display: flex; gap: 4px 10px; align-items: baseline; flex-wrap: wrap; padding: 6px 0; }
summary.line { cursor: pointer; }
.line .name { font-weight: 600; }
.line .text { overflow-wrap: anywhere; min-width: 0; }
.line .count { margin-left: auto; font-size: 13px; color: var(--accent); text-decoration: underline; }
.badge {
  flex: none; min-width: 112px; text-align: center; white-space: nowrap; border: 1px solid currentColor; border-radius: 20px; padding: 0 9px;
  font-size: 13px; font-weight: 600;
}
.badge.passed { color: var(--passed); }
.badge.failed { color: var(--onColour); background: var(--finding); border-color: var(--finding); }
.badge.undecided { color: var(--doubtful); border-style: dashed; }
.badge.skipped { color: var(--muted); border-style: dotted; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px 18px; margin: 0; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
`;

const TABLES = `
.scroll { max-height: 420px; overflow: auto; border: 1px solid var(--line); border-radius: 8px; margin: 4px 0 8px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px; border-top: 1px solid var(--grid); }
th { position: sticky; top: 0; background: var(--card); border-top: 0; box-shadow: 0 1px 0 var(--line); font-size: 13px; color: var(--muted); }
.number { white-space: nowrap; font-size: 13px; }
pre { margin: 0; font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 240px; overflow: auto; }
`;

const CHARTS = `
.navigator {
  position: sticky; top: 0; z-index: 2; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 8px 18px; margin: 14px 0; box-shadow: 0 2px 8px rgba(0, 0, 0, 0.08);
}
.tools { display: flex; gap: 6px; align-items: center; flex-wrap: wrap; margin-top: 6px; }
output { font-size: 13px; color: var(--muted); margin-left: 6px; }
.frame { position: relative; }
.chart { display: block; width: 100%; touch-action: pan-y; border-radius: 4px; }
#timeline { cursor: crosshair; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0 0 8px; padding: 0; font-size: 13px; align-items: center; }
.legend li { display: flex; align-items: center; gap: 6px; }
.swatch { width: 30px; height: 16px; flex: none; }
.legend button { display: inline-flex; align-items: center; gap: 6px; }
.help { font-size: 13px; color: var(--muted); margin-bottom: 6px; }
.help summary { cursor: pointer; }
#selected {
  position: sticky; bottom: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 8px 12px; margin-top: 8px; font-size: 14px; min-height: 44px;
}
#selected[data-operation] { border-color: var(--accent); box-shadow: 0 -2px 8px rgba(0, 0, 0, 0.08); }
#selected .head { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
#selected .head strong { overflow-wrap: anywhere; min-width: 0; flex: 1 1 200px; }
#selected dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 2px 16px; margin: 6px 0 0; max-height: 180px; overflow: auto; }
#selected dl div.wide { grid-column: 1 / -1; }
#selected dt { color: var(--muted); font-size: 12px; }
#selected dd { margin: 0; overflow-wrap: anywhere; font-size: 13px; font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
#tooltip {
  position: fixed; z-index: 3; left: 0; top: 0; max-width: min(440px, 92vw); pointer-events: none; font-size: 13px;
  background: var(--card); color: var(--text); border: 1px solid var(--line); border-radius: 8px; padding: 8px 11px;
  box-shadow: 0 4px 18px rgba(0, 0, 0, 0.25);
}
#tooltip p { margin: 0 0 4px; font-weight: 600; overflow-wrap: anywhere; }
#tooltip dl { display: grid; grid-template-columns: auto 1fr; gap: 0 10px; margin: 0; }
#tooltip dt { color: var(--muted); }
#tooltip dd { margin: 0; overflow-wrap: anywhere; }
.cursor { position: absolute; top: 0; bottom: 0; left: 0; width: 1px; background: var(--muted); opacity: 0.6; pointer-events: none; }
.brush { position: absolute; pointer-events: none; background: var(--overlay); border: 1px solid var(--accent); }
[hidden] { display: none !important; }
`;

const NARROW = `
@media (max-width: 640px) {
  header, main { padding: 0 8px; }
  .card, .navigator { padding: 10px; }
  .theme { margin-left: 0; }
  .badge { min-width: 0; }
  .line .count { margin-left: 0; }
  .findings thead { display: none; }
  .findings tr { display: flex; flex-wrap: wrap; gap: 2px 12px; padding: 6px 8px; border-top: 1px solid var(--grid); }
  .findings td { padding: 0; border: 0; }
  .findings td:nth-child(2) { flex: 1 0 100%; order: 1; }
  #selected dl { grid-template-columns: repeat(auto-fill, minmax(120px, 1fr)); max-height: 24vh; }
  th, td { padding: 5px 6px; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print { .navigator { position: static; } .scroll { max-height: none; } }
`;
