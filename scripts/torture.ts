/** `npm run torture`: real replicas, real faults, and whether what clients saw was right. */
import { tryCell, type Cell, type Tried } from './torture/cell.ts';
import { CONTROLS, whatIsWrong, type Control } from './torture/controls.ts';
import { FAULTS } from './torture/faults/catalogue.ts';
import { runMatrix } from './torture/matrix-run.ts';
import { HELP, readOptions, UsageError, type TortureOptions } from './torture/options.ts';
import { askedOf, faultsOf, workloadsOf } from './torture/plan.ts';
import { plantedServer } from './torture/planted.ts';
import { describeTried } from './torture/summary.ts';
import { WORKLOADS } from './torture/workloads/catalogue.ts';

const STATUS = { asItShouldBe: 0, notSo: 1, usage: 2, skipped: 4 } as const;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(options: TortureOptions): Promise<number> {
  if (options.isList) return list();
  if (options.profile === 'matrix') {
    return (await runMatrix(options, say)) ? STATUS.asItShouldBe : STATUS.notSo;
  }
  if (options.profile === 'controls') return runControls(options);
  const { name, workloads, faults, minutes } = askedOf(options);
  const tried = await tryCell({ ...common(options), name, workloads, faults, minutes }, say);
  say(describeTried(tried));
  if (tried.verdict.skipped !== null) return STATUS.skipped;
  return tried.verdict.result === 'green' ? STATUS.asItShouldBe : STATUS.notSo;
}

function common(
  options: TortureOptions,
): Pick<Cell, 'seed' | 'replicas' | 'network' | 'keepsData'> {
  const { seed, replicas, network, keepsData } = options;
  return { seed, replicas, network, keepsData };
}

function list(): number {
  for (const { id, name, title } of [...WORKLOADS, ...FAULTS]) {
    say(`${id.padEnd(5)} ${name.padEnd(18)} ${title}`);
  }
  return STATUS.asItShouldBe;
}

async function runControls(options: TortureOptions): Promise<number> {
  let status: number = STATUS.asItShouldBe;
  for (const control of CONTROLS) {
    const tried = await runControl(control, options);
    say(describeTried(tried));
    const wrong = whatIsWrong(control, tried.verdict);
    const skipped = tried.verdict.skipped === null ? '' : ', skipped';
    say(`control ${control.name} (${control.title}): ${wrong ?? `red, as it must be${skipped}`}`);
    if (wrong !== undefined) status = STATUS.notSo;
  }
  return status;
}

async function runControl(control: Control, options: TortureOptions): Promise<Tried> {
  const { minutes, sabotage, planted } = control;
  const server = planted === undefined ? undefined : await plantedServer(planted);
  try {
    const cell: Cell = {
      ...common(options),
      name: `control-${control.name}`,
      workloads: workloadsOf(control.workloads),
      faults: faultsOf(control.faults),
      minutes: options.minutes ?? minutes,
      sabotage: new Set(sabotage === undefined ? [] : [sabotage]),
      needs: server === undefined ? {} : { main: server.main },
    };
    return await tryCell(cell, say);
  } finally {
    await server?.remove();
  }
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
