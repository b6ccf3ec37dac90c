/** The places of the charts; the page's script draws into them. */
import type { RunRecord } from '../run-record.ts';
import { html, type Markup } from './markup.ts';

const KEYS =
  'Drag moves, Shift and drag zooms into a span, Ctrl and wheel zooms (after a click, the wheel alone does). Keys: ← → move, + − zoom, 0 the whole run, ↑ ↓ the process, n and p the next and previous operation, e the next that did not end well, Esc none.';

export function chartsSection({ samples }: RunRecord): Markup {
  return html`<nav class="navigator" aria-label="Part of the run that is shown">
      <canvas
        id="overview"
        class="chart"
        tabindex="0"
        role="img"
        aria-label="The whole run: rate, faults and findings; drag to choose the part that the charts show"
      ></canvas>
      <div class="tools">
        <button type="button" data-move="left" title="Earlier (←)" aria-label="Earlier">←</button>
        <button type="button" data-move="right" title="Later (→)" aria-label="Later">→</button>
        <button type="button" data-move="in" title="Zoom in (+)" aria-label="Zoom in">+</button>
        <button type="button" data-move="out" title="Zoom out (−)" aria-label="Zoom out">−</button>
        <button type="button" data-move="whole" title="The whole run (0)">Whole run</button>
        <output id="span" aria-live="polite"></output>
      </div>
    </nav>
    <section class="card" aria-labelledby="timeline-title" id="timeline-section">
      <h2 id="timeline-title">Operations by process</h2>
      ${legend()}
      <details class="help">
        <summary>How to move</summary>
        <p>${KEYS}</p>
      </details>
      <div class="frame">
        <canvas
          id="timeline"
          class="chart"
          tabindex="0"
          role="application"
          aria-label="Timeline of operations by process; what is chosen is told below it"
          aria-describedby="selected"
        ></canvas>
      </div>
      <aside id="selected" aria-live="polite" aria-label="Chosen operation">
        <p class="muted">No operation is chosen: click one.</p>
      </aside>
    </section>
    ${chartCard('rate', 'Rate', 'Operations that ended, each second')}
    ${chartCard('latency', 'Latency', 'By call, on a log scale')}
    ${samples.length === 0 ? html`` : replicaCards()}
    <div id="tooltip" role="tooltip" hidden></div>`;
}

function replicaCards(): Markup {
  return html`${[
    chartCard('leaders', 'Leader and ballot', 'What each replica says of itself'),
    chartCard('lag', 'Behind in chosen slots', 'Than the replica that is ahead, by what each says'),
    chartCard('memory', 'Memory', 'Resident, MiB'),
  ]}`;
}

function chartCard(id: string, title: string, subtitle: string): Markup {
  return html`<section class="card" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title} <span class="muted">${subtitle}</span></h2>
    <div class="legend" id="${id}-legend"></div>
    <div class="frame">
      <canvas
        id="${id}"
        class="chart"
        tabindex="0"
        role="img"
        aria-label="${title}: ${subtitle}"
      ></canvas>
    </div>
  </section> `;
}

function legend(): Markup {
  const entries: readonly (readonly [string, string])[] = [
    ['ok', 'ok'],
    ['failed', 'failed: it did not take effect'],
    ['unknown', 'unknown: it may take effect at any later time'],
    ['finding', 'a finding points here'],
    ['fault', 'a fault lasts'],
  ];
  return html`<ul class="legend">
    ${entries.map(([name, text]) => html`<li><canvas class="swatch" data-swatch="${name}" width="30" height="16" aria-hidden="true"></canvas> ${text}</li>`)}
  </ul>`;
}
