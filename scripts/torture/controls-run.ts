/** Carries out the negative controls, and says of each whether it is red as it must be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHistory } from '../../src/verify/history.ts';
import { tryCell, type Cell, type Tried } from './cell.ts';
import { CONTROLS, whatIsWrong, type Control } from './controls.ts';
import { damagedHistory } from './damaged-history.ts';
import type { Fault } from './fault.ts';
import { LYING_DISKS, POWER_CUT_OF_ALL } from './faults/lying-disk.ts';
import type { TortureOptions } from './options.ts';
import { faultsOf, workloadsOf } from './plan.ts';
import { plantedServer } from './planted.ts';
import { describeTried } from './summary.ts';
import type { Workload } from './workload.ts';

type Say = (line: string) => void;

const DAMAGED = 'damaged-history';
/** Of a run without any fault, whose histories are damaged afterwards. */
const UNDISTURBED_MINUTES = 0.3;

/** False: one is not red. `--name` picks one of them. */
export async function runControls(options: TortureOptions, say: Say): Promise<boolean> {
  let areRed = true;
  const note = (name: string, wrong: string | undefined): void => {
    say(`control ${name}: ${wrong ?? 'red, as it must be'}`);
    if (wrong !== undefined) areRed = false;
  };
  const { name: only } = options;
  for (const control of CONTROLS.filter(({ name }) => only === undefined || name === only)) {
    const tried = await runControl(control, options, say);
    say(describeTried(tried));
    const { skipped } = tried.verdict;
    if (skipped === null) note(control.name, whatIsWrong(control, tried.verdict));
    else say(`control ${control.name}: SKIPPED: ${skipped}`);
  }
  if (only === undefined || only === DAMAGED) {
    for (const [workload, wrong] of await runDamaged(options, say)) {
      note(`${DAMAGED} of ${workload}`, wrong);
    }
  }
  return areRed;
}

async function runControl(control: Control, options: TortureOptions, say: Say): Promise<Tried> {
  const { minutes, sabotage, planted, title } = control;
  say(`control ${control.name}: ${title}`);
  const server = planted === undefined ? undefined : await plantedServer(planted);
  try {
    return await tryCell(
      {
        ...cellOf(options, control.name),
        workloads: workloadsOf(control.workloads),
        faults: controlFaults(control),
        minutes: options.minutes ?? minutes,
        sabotage: new Set(sabotage === undefined ? [] : [sabotage]),
        needs: server === undefined ? {} : { main: server.main },
      },
      say,
    );
  } finally {
    await server?.remove();
  }
}

/** Some are no faults of the catalogue: one kind alone, or what no system stands. */
export function controlFaults({ faults }: Control): readonly Fault[] {
  return faults.flatMap((name) => {
    const own = [LYING_DISKS, POWER_CUT_OF_ALL].find((fault) => fault.name === name);
    return own === undefined ? faultsOf([name]) : [own];
  });
}

/** All workloads, undisturbed, must be green; with one answer changed each must be red. */
async function runDamaged(
  options: TortureOptions,
  say: Say,
): Promise<ReadonlyMap<string, string | undefined>> {
  const workloads = workloadsOf(['all']);
  const minutes = options.minutes ?? UNDISTURBED_MINUTES;
  const cell = { ...cellOf(options, DAMAGED), workloads, faults: [], minutes };
  const tried = await tryCell(cell, say);
  say(describeTried(tried));
  if (tried.verdict.result !== 'green') return new Map([['none', 'undamaged it is red already']]);
  return new Map(
    workloads.map((workload) => [workload.id, checkDamaged(workload, tried.folder)] as const),
  );
}

function checkDamaged(workload: Workload, folder: string): string | undefined {
  const text = readFileSync(join(folder, 'history', `${workload.name}.jsonl`), 'utf8');
  const damaged = damagedHistory(workload.id, parseHistory(text));
  if (damaged === undefined) return 'it has no answer that could be changed';
  const isRed = workload.check(damaged, true).some(({ result }) => result === 'failed');
  return isRed ? undefined : 'it is green with a wrong answer';
}

function cellOf(
  { seed, replicas, network, keepsData }: TortureOptions,
  name: string,
): Pick<Cell, 'name' | 'seed' | 'replicas' | 'network' | 'keepsData'> {
  return { name: `control-${name}`, seed, replicas, network, keepsData };
}
