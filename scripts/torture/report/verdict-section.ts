/** What comes first: is it green, which check says what, and the way to the first error. */
import type { Check, Finding, RunRecord, Verdict } from '../run-record.ts';
import { html, type Markup } from './markup.ts';
import { clockText, countText, durationText } from './page/time-text.ts';
import { unreachable } from '../../../src/kv/unreachable.ts';

/** Of one check; the run's folder has all of them. */
const MAX_FINDINGS_SHOWN = 200;

export function verdictHeader({ verdict }: RunRecord): Markup {
  const { name, skipped, result, commit, startedAt } = verdict;
  const shown = skipped === null ? result : 'skipped';
  return html`<header class="verdict ${shown}">
    <div class="bar">
      <h1>${name}</h1>
      <p class="stamp" id="verdict">
        <span class="shape" aria-hidden="true">${stampShape(shown)}</span> ${shown}
      </p>
      <label class="theme"
        >Theme
        <select id="theme">
          <option value="">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select></label
      >
    </div>
    <p class="lead">${leadText(verdict)}</p>
    <p class="muted">
      ${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')} · commit <code>${commit}</code> ·
      seed <code>${verdict.seed}</code>
    </p>
    ${firstError(verdict.checks)}
    <noscript><p>The charts need JavaScript; the verdict and the findings do not.</p></noscript>
  </header>`;
}

function stampShape(shown: string): string {
  if (shown === 'green') return '✓';
  return shown === 'red' ? '✕' : '–';
}

function leadText({ skipped, checks, operations, faults }: Verdict): string {
  if (skipped !== null) return `This host cannot carry it out: ${skipped}`;
  const count = (result: Check['result']) => checks.filter((one) => one.result === result).length;
  const total = operations.ok + operations.failed + operations.unknown;
  const parts = [
    `${count('passed')} of ${checks.length} checks passed`,
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...(count('undecided') > 0 ? [`${count('undecided')} undecided`] : []),
    ...(count('skipped') > 0 ? [`${count('skipped')} skipped`] : []),
  ];
  const during = faults.length === 0 ? 'no faults' : `faults ${faults.join(', ')}`;
  return `${parts.join(', ')}; ${countText(total)} operations under ${during}.`;
}

function firstError(checks: readonly Check[]): Markup {
  const findings = checks
    .filter(({ result }) => result === 'failed')
    .flatMap((check) => check.findings.map((finding) => ({ check, finding })));
  const first = findings.find(({ finding }) => finding.atUs !== undefined) ?? findings[0];
  if (first === undefined) return html``;
  const { check, finding } = first;
  return html`<p class="first-error">
    <strong>First error</strong>
    <span>${check.name}: ${firstLine(finding.text)}</span>
    ${showLink(finding, 'show the first error', 'button')}
  </p>`;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

export function checksSection(checks: readonly Check[]): Markup {
  const rank = { failed: 0, undecided: 1, passed: 2, skipped: 3 };
  const sorted = checks.toSorted((a, b) => rank[a.result] - rank[b.result]);
  const firstFailed = sorted.find(({ result }) => result === 'failed');
  return html`<section class="card" aria-labelledby="checks-title">
    <h2 id="checks-title">Checks</h2>
    <ul class="checks">
      ${sorted.map((check) => checkItem(check, check === firstFailed))}
    </ul>
  </section>`;
}

function checkItem(check: Check, isOpen: boolean): Markup {
  const { name, result, text, findings } = check;
  const line = html`<span class="badge ${result}"
      ><span aria-hidden="true">${badgeShape(result)}</span> ${result}</span
    >
    <span class="name">${name}</span> <span class="muted text">${text}</span>`;
  if (findings.length === 0) return html`<li><div class="line">${line}</div></li>`;
  const open = isOpen ? html` open` : html``;
  return html`<li><details${[open]}><summary class="line">${line} <span class="count">${countText(findings.length)} ${findings.length === 1 ? 'finding' : 'findings'}</span></summary>${findingsTable(findings)}</details></li>`;
}

function badgeShape(result: Check['result']): string {
  switch (result) {
    case 'passed':
      return '✓';
    case 'failed':
      return '✕';
    case 'undecided':
      return '?';
    case 'skipped':
      return '–';
    default:
      return unreachable(result);
  }
}

function findingsTable(findings: readonly Finding[]): Markup {
  const rows = findings.slice(0, MAX_FINDINGS_SHOWN).map(
    (finding, index) =>
      html`<tr>
        <td class="number">${index + 1}</td>
        <td><pre>${finding.text}</pre></td>
        <td class="number">${finding.process === undefined ? '' : `process ${finding.process}`}</td>
        <td class="number">${finding.atUs === undefined ? '' : clockText(finding.atUs)}</td>
        <td>${showLink(finding, 'show')}</td>
      </tr> `,
  );
  const more = findings.length - rows.length;
  const rest =
    more <= 0
      ? html``
      : html`<p class="muted">and ${countText(more)} more: verdict.json has them</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="findings">
      <table class="findings">
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">What is wrong</th>
            <th scope="col">Process</th>
            <th scope="col">Began at</th>
            <th scope="col">Timeline</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${rest}`;
}

/** The page's script goes where the fragment says, so that a link can be passed on. */
function showLink({ atUs, process }: Finding, text: string, look = 'link'): Markup {
  if (atUs === undefined) return html``;
  const target = process === undefined ? `at=${atUs}` : `at=${atUs}&process=${process}`;
  return html`<a class="show ${look}" href="#${target}">${text}</a>`;
}

export function factsSection(verdict: Verdict): Markup {
  const { host, operations, recovery, messages } = verdict;
  const facts: readonly (readonly [string, string])[] = [
    ['Workloads', verdict.workloads.join(', ') || 'none'],
    ['Faults', verdict.faults.join(', ') || 'none'],
    ['Replicas', String(verdict.replicas)],
    ['Length', `${verdict.minutes} min`],
    ['Operations ok', countText(operations.ok)],
    ['Operations failed', countText(operations.failed)],
    ['Operations unknown', countText(operations.unknown)],
    ['Service back after', recoveryText(recovery.serviceMs)],
    ['Replicas equal after', recoveryText(recovery.equalMs)],
    ['Node', host.node],
    ['Kernel', host.kernel],
    ['Cores', String(host.cores)],
    ...Object.entries(messages).map(
      ([what, count]) => [`Messages ${what}`, countText(count)] as const,
    ),
  ];
  return html`<section class="card" aria-labelledby="facts-title">
    <h2 id="facts-title">The run</h2>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

function recoveryText(ms: number | null): string {
  return ms === null ? 'not measured' : durationText(ms * 1000);
}
