/** Nothing that a run wrote becomes markup, wherever it stands. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { HistoryEvent } from '../../../../src/verify/history.ts';
import type { RunRecord } from '../../../../scripts/torture/run-record.ts';
import { escapeHtml, html } from '../../../../scripts/torture/report/markup.ts';
import { renderReport } from '../../../../scripts/torture/report/render.ts';
import { sampleRun } from './sample-run.ts';

const EVIL = `</script><script>alert(1)</script><img src=x onerror="x"> '"&<!--`;
const SCRIPT = 'globalThis.started = true;';
const sample = sampleRun({ seconds: 12, callsPerSecond: 5, processesPerWorkload: 1 });

function evilRun(): RunRecord {
  const event: HistoryEvent = {
    process: 1,
    type: 'invoke',
    f: EVIL,
    key: EVIL,
    value: EVIL,
    time: 5,
  };
  const finding = { text: EVIL, atUs: 5, process: 1 };
  const results = ['passed', 'failed', 'undecided', 'skipped'] as const;
  return {
    verdict: {
      ...sample.verdict,
      name: EVIL,
      workloads: [EVIL],
      faults: [EVIL],
      commit: EVIL,
      startedAt: EVIL,
      host: { node: EVIL, kernel: EVIL, cores: 1 },
      checks: results.map((result) => ({ name: EVIL, result, text: EVIL, findings: [finding] })),
      messages: { [EVIL]: 1 },
    },
    histories: new Map([[EVIL, [event, { ...event, type: 'info', error: EVIL, time: 9 }]]]),
    faults: [{ time: 1, type: 'begin', id: 1, fault: EVIL, text: EVIL, replicas: [1] }],
    samples: [],
  };
}

it('texts are escaped for elements and attributes', () => {
  expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  expect(html`<i title="${'"<'}">${html`<b>${1}</b>`}${[html`<u></u>`]}</i>`.text).toBe(
    '<i title="&quot;&lt;"><b>1</b><u></u></i>',
  );
});

it('a report of evil texts has the elements of its own, and no others', () => {
  const page = renderReport(evilRun(), SCRIPT);
  expect(page).toContain(escapeHtml(EVIL));
  expect(page).not.toMatch(/<img|alert\(1\)<|<!--/);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page.match(/<\/script/g)).toHaveLength(2);
});

it('only its own script and style run, and nothing is loaded', () => {
  const page = renderReport(sample, SCRIPT);
  const hash = createHash('sha256').update(SCRIPT).digest('base64');
  expect(page).toContain(`<script type="module">${SCRIPT}</script>`);
  expect(page).toContain(escapeHtml(`default-src 'none'; script-src 'sha256-${hash}'`));
  expect(page).not.toMatch(/\b(?:src|href)="(?!#)|https?:|@import|url\(/);
});

it('the verdict stands first, and the first error leads to its operation', () => {
  const page = renderReport(sample, SCRIPT);
  const failed = sample.verdict.checks.find(({ result }) => result === 'failed');
  const [first] = failed?.findings ?? [];
  const link = `href="#at=${first?.atUs}&amp;process=${first?.process}"`;
  expect(page.indexOf('id="verdict"')).toBeLessThan(page.indexOf(link));
  expect(page.indexOf(link)).toBeLessThan(page.indexOf('id="checks-title"'));
  expect(page).toMatch(/<title>[^<]*: red<\/title>/);
});

it('says that it is green, or why it was skipped', () => {
  const { verdict } = sampleRun({
    seconds: 12,
    callsPerSecond: 5,
    processesPerWorkload: 1,
    isGreen: true,
  });
  const green = renderReport({ ...sample, verdict }, SCRIPT);
  expect(green).toMatch(/class="verdict green"/);
  expect(green).not.toContain('First error');
  const skipped = renderReport(
    { ...sample, verdict: { ...verdict, skipped: 'no namespaces here' } },
    SCRIPT,
  );
  expect(skipped).toMatch(/class="verdict skipped"/);
  expect(skipped).toContain('no namespaces here');
});
