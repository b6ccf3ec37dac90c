/** A cell of the matrix, or any other run that has a name: from what is asked to its verdict on disk. */
import type { Fault, Needs } from './fault.ts';
import { thisCommit, thisHost } from './host.ts';
import { openNetwork, type NetworkChoice } from './network.ts';
import { Progress } from './progress.ts';
import { renderReport } from './report/render.ts';
import { carryOut, type RunResult } from './run.ts';
import { RunFolder } from './run-folder.ts';
import type { Check, Verdict } from './run-record.ts';
import type { Workload } from './workload.ts';

export interface Cell {
  /** Of the folder under `runs`. */
  readonly name: string;
  readonly workloads: readonly Workload[];
  readonly faults: readonly Fault[];
  readonly minutes: number;
  readonly seed: number;
  readonly replicas: number;
  readonly network: NetworkChoice;
  readonly sabotage?: ReadonlySet<string>;
  readonly needs?: Needs;
  /** The replicas' data stays, also after a green run. */
  readonly keepsData: boolean;
}

export interface Tried {
  readonly verdict: Verdict;
  /** Of the run. */
  readonly folder: string;
}

/** A fault that this host cannot do is left out, and named; a run without any other is skipped. */
export async function tryCell(cell: Cell, write: (line: string) => void): Promise<Tried> {
  const startedAt = new Date();
  const { able, skipped } = await sortOut(cell.faults);
  const about = aboutCell({ ...cell, faults: able }, startedAt);
  const folder = new RunFolder(cell.name, startedAt);
  if (able.length === 0 && skipped.length > 0) {
    const why = skipped.map(({ text }) => text).join('; ');
    const verdict = { ...about, ...NOTHING, skipped: why, checks: skipped };
    folder.writeVerdict(verdict);
    await folder.close();
    return { verdict, folder: folder.path };
  }
  const progress = new Progress(`${cell.name}  `, write);
  const network = await openNetwork(cell.network, cell.replicas + SPARES);
  progress.say(`seed ${cell.seed}, ${cell.minutes} min, ${network.type}, in ${folder.path}`);
  try {
    const plan = { needs: {}, sabotage: new Set<string>(), ...cell, faults: able };
    const result = await carryOut({ plan, folder, network, progress });
    const verdict = verdictOf(about, result, skipped);
    conclude(folder, verdict, result);
    if (verdict.result === 'green' && !cell.keepsData) folder.deleteData();
    return { verdict, folder: folder.path };
  } finally {
    await network.close();
    await folder.close();
  }
}

async function sortOut(faults: readonly Fault[]) {
  const asked = await Promise.all(
    faults.map(async (fault) => ({ fault, why: await fault.missing?.() })),
  );
  const able = asked.filter(({ why }) => why === undefined).map(({ fault }) => fault);
  const skipped = asked.flatMap(({ fault: { id, title }, why }): Check[] =>
    why === undefined
      ? []
      : [{ name: `${id}: ${title}`, result: 'skipped', text: why, findings: [] }],
  );
  return { able, skipped };
}

/** Hosts for replicas that faults may add. */
const SPARES = 3;

const NOTHING = {
  result: 'red',
  operations: { ok: 0, failed: 0, unknown: 0 },
  recovery: { serviceMs: null, readyMs: null, equalMs: null },
  messages: {},
} as const;

function aboutCell(cell: Cell, startedAt: Date) {
  const { name, replicas, seed, minutes } = cell;
  return {
    name,
    replicas,
    seed,
    minutes,
    skipped: null,
    workloads: cell.workloads.map(({ id }) => id),
    faults: cell.faults.map(({ id }) => id),
    commit: thisCommit(),
    startedAt: startedAt.toISOString(),
    host: thisHost(),
  };
}

function verdictOf(
  about: ReturnType<typeof aboutCell>,
  { checks, recovery, messages, operations }: RunResult,
  skipped: readonly Check[],
): Verdict {
  const isGreen = checks.every(({ result }) => result === 'passed' || result === 'skipped');
  return {
    ...about,
    result: isGreen ? 'green' : 'red',
    operations,
    recovery,
    messages,
    checks: [...checks, ...skipped],
  };
}

function conclude(folder: RunFolder, verdict: Verdict, result: RunResult): void {
  const { histories, faults, samples } = result;
  folder.writeVerdict(verdict);
  folder.writeReport(renderReport({ verdict, histories, faults, samples }));
}
