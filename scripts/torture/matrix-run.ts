/** Runs the open cells of the matrix, several at a time if asked to, and says what came of them. */
import { tryCell } from './cell.ts';
import { noteInMatrix, openCells, type MatrixCell } from './matrix.ts';
import { UsageError, type TortureOptions } from './options.ts';
import { faultsOf, workloadsOf } from './plan.ts';
import { describeTried } from './summary.ts';

const MINUTES = 1;

/** False: a cell is red. */
export async function runMatrix(
  options: TortureOptions,
  say: (line: string) => void,
): Promise<boolean> {
  const waiting = chosen(options);
  say(`${waiting.length} cells are open`);
  let isGreen = true;
  const work = async (): Promise<void> => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      const verdict = await runCell(cell, options, say);
      if (verdict.skipped === null && verdict.result === 'red') isGreen = false;
      say(`${waiting.length} cells are left`);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return isGreen;
}

function chosen(options: TortureOptions): MatrixCell[] {
  const { workloads, faults } = options;
  const cells = openCells(options.again).filter(
    (cell) =>
      (workloads === undefined || workloads.includes(cell.workload)) &&
      (faults === undefined || cell.faults.some((fault) => faults.includes(fault))),
  );
  if (cells.length === 0 && (workloads ?? faults) !== undefined) {
    throw new UsageError(
      'no open cell of the matrix is meant; workloads and faults by their number',
    );
  }
  return cells;
}

async function runCell(cell: MatrixCell, options: TortureOptions, say: (line: string) => void) {
  const { seed, replicas, network, keepsData, minutes = MINUTES } = options;
  const { name, workload, faults } = cell;
  const tried = await tryCell(
    {
      name: `matrix-${name}`,
      workloads: workloadsOf([workload]),
      faults: faultsOf(faults),
      minutes,
      seed,
      replicas,
      network,
      keepsData,
    },
    say,
  );
  say(describeTried(tried));
  noteInMatrix(name, tried.verdict);
  return tried.verdict;
}
