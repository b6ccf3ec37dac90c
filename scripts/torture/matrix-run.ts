/**
 * Runs the open cells of the matrix, several at a time if asked to, each in a process of its own: so
 * that one is not slow because another one checks, and none can leave anything behind in another.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noteInMatrix, openCells, type MatrixCell, verdictSchema } from './matrix.ts';
import { UsageError, type TortureOptions } from './options.ts';
import { RUNS } from './run-folder.ts';

const MINUTES = 1;
type Outcome = 'green' | 'red' | 'skipped';

/** False: a cell is red. */
export async function runMatrix(
  options: TortureOptions,
  say: (line: string) => void,
): Promise<boolean> {
  const waiting = chosen(options);
  const counts = new Map<Outcome, number>();
  say(`${waiting.length} cells are open`);
  const work = async (): Promise<void> => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      const outcome = await runCell(cell, options, say);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      const sofar = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
      say(`${outcome.toUpperCase()} ${cell.name}; ${sofar}; ${waiting.length} are left`);
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return !counts.has('red');
}

function chosen(options: TortureOptions): MatrixCell[] {
  const { workloads, faults } = options;
  const cells = openCells(options.again).filter(
    (cell) => isMeant(workloads, [cell.workload]) && isMeant(faults, cell.faults),
  );
  if (cells.length === 0 && (workloads ?? faults) !== undefined) {
    throw new UsageError(
      'no open cell is meant: workloads and faults by number, such as W1 and N5',
    );
  }
  return cells;
}

function isMeant(names: readonly string[] | undefined, ids: readonly string[]): boolean {
  return names === undefined || ids.some((id) => names.includes(id));
}

async function runCell(
  cell: MatrixCell,
  options: TortureOptions,
  say: (line: string) => void,
): Promise<Outcome> {
  const name = `matrix-${cell.name}`;
  const before = lastFolder(name);
  await inProcess(argumentsOf(name, cell, options), say);
  const folder = lastFolder(name);
  // The verdict of an earlier run says nothing of this one, which may not even have begun.
  if (folder === undefined || folder === before) throw new Error(`${name} left no folder`);
  const verdict = readVerdict(name, folder);
  noteInMatrix(cell.name, verdict);
  return verdict.skipped === null ? verdict.result : 'skipped';
}

function argumentsOf(name: string, cell: MatrixCell, options: TortureOptions): readonly string[] {
  const { seed, replicas, network, keepsData, minutes = MINUTES } = options;
  const given = {
    name,
    workload: cell.workload,
    fault: cell.faults.join(','),
    minutes: String(minutes),
    seed: String(seed),
    replicas: String(replicas),
    network,
  };
  const pairs = Object.entries(given).flatMap(([option, value]) => [`--${option}`, value]);
  return keepsData ? [...pairs, '--keep-data'] : pairs;
}

/** Resolves when it has ended, with whatever status. What it prints is passed on line by line. */
function inProcess(args: readonly string[], say: (line: string) => void): Promise<void> {
  const [, main = ''] = process.argv;
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) say(line);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      process.off('exit', end);
      resolve();
    });
  });
}

/** They are named by the time at which they began. */
function lastFolder(name: string): string | undefined {
  const runs = join(RUNS, name);
  return existsSync(runs) ? readdirSync(runs).toSorted().at(-1) : undefined;
}

function readVerdict(name: string, folder: string) {
  const text = readFileSync(join(RUNS, name, folder, 'verdict.json'), 'utf8');
  return verdictSchema.parse(JSON.parse(text));
}
