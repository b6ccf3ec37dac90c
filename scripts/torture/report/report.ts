import type { RunRecord } from '../run-record.ts';
export function renderReport(run: RunRecord): string {
  return JSON.stringify(run.verdict);
}
