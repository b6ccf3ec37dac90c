/** Every fault, by the time at which it began; each leads to its place in the charts. */
import type { FaultMark } from '../run-record.ts';
import { faultSpans } from './fault-spans.ts';
import { html, type Markup } from './markup.ts';
import type { FaultSpan } from './page/payload.ts';
import { clockText, durationText } from './page/time-text.ts';

export function faultsSection(marks: readonly FaultMark[]): Markup {
  const spans = faultSpans(marks);
  const rows = spans.map((span) => faultRow(span));
  const list =
    spans.length === 0
      ? html`<p class="muted">No fault was made.</p>`
      : html`<div class="scroll" tabindex="0" role="region" aria-label="list of faults">
          <table class="faults">
            <thead>
              <tr>
                <th scope="col">Began at</th>
                <th scope="col">Lasted</th>
                <th scope="col">Fault</th>
                <th scope="col">What</th>
                <th scope="col">Replicas</th>
              </tr>
            </thead>
            <tbody>
              ${rows}
            </tbody>
          </table>
        </div>`;
  return html`<section class="card" aria-labelledby="faults-title" id="faults">
    <h2 id="faults-title">Faults <span class="muted">${spans.length}</span></h2>
    ${list}
  </section>`;
}

function faultRow({ fault, text, replicas, beginUs, endUs }: FaultSpan): Markup {
  const to = endUs ?? '';
  return html`<tr>
    <td class="number">
      <a class="show link" href="#from=${beginUs}&to=${to}">${clockText(beginUs, 1000)}</a>
    </td>
    <td class="number">${lengthText(beginUs, endUs)}</td>
    <td>${fault}</td>
    <td>${text}</td>
    <td>${replicas.join(', ')}</td>
  </tr> `;
}

function lengthText(beginUs: number, endUs: number | null): string {
  if (endUs === null) return 'to the end';
  return endUs === beginUs ? 'at once' : durationText(endUs - beginUs);
}
