/** `npm run torture`: real replicas, real faults, and whether what clients saw was right. */
import { tryCell } from './torture/cell.ts';
import { runControls } from './torture/controls-run.ts';
import { FAULTS } from './torture/faults/catalogue.ts';
import { readMatrix } from './torture/matrix.ts';
import { runMatrix } from './torture/matrix-run.ts';
import { matrixSummary, matrixTable } from './torture/matrix-table.ts';
import { HELP, readOptions, UsageError, type TortureOptions } from './torture/options.ts';
import { askedOf } from './torture/plan.ts';
import { describeTried } from './torture/summary.ts';
import { WORKLOADS } from './torture/workloads/catalogue.ts';

const STATUS = { asItShouldBe: 0, notSo: 1, usage: 2, skipped: 4 } as const;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(options: TortureOptions): Promise<number> {
  if (options.isList) return list();
  if (options.isTable) return table();
  if (options.profile === 'matrix') {
    return (await runMatrix(options, say)) ? STATUS.asItShouldBe : STATUS.notSo;
  }
  if (options.profile === 'controls') {
    return (await runControls(options, say)) ? STATUS.asItShouldBe : STATUS.notSo;
  }
  const { seed, replicas, network, keepsData } = options;
  const cell = { ...askedOf(options), seed, replicas, network, keepsData };
  const tried = await tryCell(cell, say);
  say(describeTried(tried));
  if (tried.verdict.skipped !== null) return STATUS.skipped;
  return tried.verdict.result === 'green' ? STATUS.asItShouldBe : STATUS.notSo;
}

function list(): number {
  for (const { id, name, title } of [...WORKLOADS, ...FAULTS]) {
    say(`${id.padEnd(5)} ${name.padEnd(18)} ${title}`);
  }
  return STATUS.asItShouldBe;
}

function table(): number {
  const entries = readMatrix();
  say(`${matrixTable(entries)}\n\n${matrixSummary(entries)}`);
  return STATUS.asItShouldBe;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.isHelp) process.stdout.write(HELP);
  else process.exitCode = await run(options);
} catch (error) {
  const isUsage = error instanceof UsageError;
  const text = error instanceof Error ? (isUsage ? error.message : error.stack) : String(error);
  process.stderr.write(`torture: ${text}${isUsage ? ' (--help explains)' : ''}\n`);
  process.exitCode = isUsage ? STATUS.usage : STATUS.notSo;
}
