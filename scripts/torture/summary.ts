/** A verdict for the terminal. */
import { relative } from 'node:path';
import type { Tried } from './cell.ts';
import type { Check } from './run-record.ts';

const MAX_FINDINGS = 5;

export function describeTried({ verdict, folder }: Tried): string {
  if (verdict.skipped !== null) return `SKIPPED ${verdict.name}: ${verdict.skipped}`;
  const { ok, failed, unknown } = verdict.operations;
  return [
    `${verdict.result.toUpperCase()} ${verdict.name}, seed ${verdict.seed}`,
    `  ${ok} calls ok, ${failed} failed, ${unknown} unknown`,
    ...verdict.checks.flatMap(describeCheck),
    `  see ${relative('.', folder)}/report.html`,
  ].join('\n');
}

function describeCheck({ name, result, text, findings }: Check): readonly string[] {
  const shown = findings.slice(0, MAX_FINDINGS).map((finding) => `    ${finding.text}`);
  const more = findings.length - shown.length;
  const rest = more > 0 ? [`    and ${more} more`] : [];
  return [`  ${result.padEnd(9)} ${name}: ${text}`, ...(result === 'failed' ? shown : []), ...rest];
}
