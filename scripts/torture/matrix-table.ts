/** What was noted of the matrix, as a table for docs/faults.md. */
import { COLUMNS, matrixCells, type MatrixEntry } from './matrix.ts';

const MARKS = { green: '✓', red: '✗', skipped: 'skipped' } as const;

/** Rows are workloads, columns faults; cells that were not run yet are `open`, those without use `-`. */
export function matrixTable(entries: ReadonlyMap<string, MatrixEntry>): string {
  const cells = matrixCells();
  const columns = [...COLUMNS.keys()];
  const rows = [...new Set(cells.map(({ workload }) => workload))].map((workload) => {
    const texts = columns.map((column) => {
      const cell = cells.find((one) => one.workload === workload && one.column === column);
      return cell === undefined ? '-' : textOf(entries.get(cell.name));
    });
    return `| ${[workload, ...texts].join(' | ')} |`;
  });
  const rule = `| ${['---', ...columns.map(() => '---')].join(' | ')} |`;
  return [`| | ${columns.join(' | ')} |`, rule, ...rows].join('\n');
}

/** Answered calls, and from the healing to the first answer. */
function textOf(entry: MatrixEntry | undefined): string {
  if (entry === undefined) return 'open';
  const { result, ok, serviceMs } = entry;
  if (result === 'skipped') return MARKS.skipped;
  return `${MARKS[result]} ${ok}, ${serviceMs ?? '?'} ms`;
}

/** Commits, minutes and calls of all that was run, in words. */
export function matrixSummary(entries: ReadonlyMap<string, MatrixEntry>): string {
  const all = [...entries.values()].filter(({ result }) => result !== 'skipped');
  const sum = (of: (entry: MatrixEntry) => number): number =>
    all.reduce((total, entry) => total + of(entry), 0);
  const commits = [...new Set(all.map(({ commit }) => commit))].map((commit) => {
    const count = all.filter((entry) => entry.commit === commit).length;
    return `${count} at ${commit}`;
  });
  return [
    `${all.length} cells, ${sum(({ minutes }) => minutes)} minutes of faults`,
    `${sum(({ ok }) => ok)} calls ok, ${sum(({ failed }) => failed)} failed, ${sum(({ unknown }) => unknown)} unknown`,
    commits.join(', '),
  ].join('; ');
}
