/** What an exploration came to, for people, and as a status. */
import { type ExplorationReport, isClean } from '../../src/exploration/explorer.ts';

export const STATUS = { clean: 0, violated: 1, usage: 2, limitReached: 3 } as const;

export function statusOf(report: ExplorationReport): number {
  if (report.verdict === 'limitReached') return STATUS.limitReached;
  return isClean(report) ? STATUS.clean : STATUS.violated;
}

export function describe(report: ExplorationReport, seconds: number, printsPaths: boolean): string {
  const { states, transitions, depth, verdict, violation } = report;
  const speed = Math.round(states / Math.max(seconds, 0.001));
  const lines = [
    `${states} states, ${transitions} transitions, depth ${depth}, ${seconds.toFixed(1)} s, ` +
      `${speed} states/s`,
    `at most ${report.collisionProbability.toExponential(1)}: the probability that two states ` +
      'were taken for one',
  ];
  for (const { name, path } of report.reached) {
    lines.push(
      path === undefined ? `NOT REACHED: ${name}` : `reached after ${path.length}: ${name}`,
    );
    if (printsPaths) lines.push(...(path ?? []).map(numbered));
  }
  if (violation !== undefined) {
    lines.push(`VIOLATED: ${violation.message}`, ...violation.path.map(numbered));
  }
  const because = report.limit === undefined ? '' : ` (${report.limit})`;
  return `${lines.join('\n')}\nverdict: ${verdict}${because}\n`;
}

function numbered(line: string, index: number): string {
  return `${String(index + 1).padStart(4)}. ${line}`;
}
