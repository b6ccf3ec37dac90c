/**
 * A run to look at: one HTML file that opens from disk and asks nothing of any network. The verdict,
 * the findings and the list of faults are plain HTML; the page's script draws the rest.
 */
import { createHash } from 'node:crypto';
import type { RunRecord } from '../run-record.ts';
import { chartsSection } from './charts-section.ts';
import { faultsSection } from './faults-section.ts';
import { html, Markup } from './markup.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';
import { writePayload } from './payload-writer.ts';
import { checksSection, factsSection, verdictHeader } from './verdict-section.ts';

/** `script` is for tests of the markup: it needs no build then. */
export function renderReport(run: RunRecord, script = pageScript()): string {
  const style = pageStyle();
  const { verdict } = run;
  const title = `${verdict.name}: ${verdict.skipped === null ? verdict.result : 'skipped'}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${policy(script, style)}" />
        <title>${title}</title>
        ${rawElement('<style>', style)}
      </head>
      <body data-result="${verdict.skipped === null ? verdict.result : 'skipped'}">
        ${verdictHeader(run)}
        <main>
          ${checksSection(verdict.checks)} ${factsSection(verdict)} ${chartsSection(run)}
          ${faultsSection(run.faults)}
        </main>
        ${rawElement('<script type="application/gzip" id="payload">', writePayload(run))}
        ${rawElement('<script type="module">', script)}
      </body>
    </html>`.text;
}

/** To the letter, as the hashes in the policy are of it. */
function rawElement(opening: string, text: string): Markup {
  const [, name = ''] = /^<(\w+)/.exec(opening) ?? [];
  return new Markup(`${opening}${text}</${name}>`);
}

/** Nothing is loaded, and no script runs but the page's own: whatever a run wrote stays a text. */
function policy(script: string, style: string): string {
  return `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
