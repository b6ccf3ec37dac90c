/** From names to workloads and faults, and what the profiles run. */
import type { Fault, Needs } from './fault.ts';
import { FAULTS, findFault } from './faults/catalogue.ts';
import { UsageError, type TortureOptions } from './options.ts';
import { findWorkload, WORKLOADS } from './workloads/catalogue.ts';
import { partsOf, type Workload } from './workload.ts';

export interface Asked {
  readonly workloads: readonly Workload[];
  readonly faults: readonly Fault[];
  readonly minutes: number;
  readonly name: string;
  readonly needs: Needs;
}

const QUICK_MINUTES = 3;
const SOAK_MINUTES = 60;
const DEFAULT_MINUTES = 1;
const QUICK_FAULTS = ['N1', 'N3', 'N5', 'N8', 'N15', 'N17'];
/**
 * Everything at once, for an hour: a state that grows and a history that stays for minutes would take
 * longer to send, at the rate that N25 asks for, than the next fault leaves time for.
 */
const SOAK_NEEDS: Needs = {
  settings: {
    timing: { historyMs: 30_000 },
    limits: { snapshotBytesPerSecond: 8_388_608, snapshotChunkBytes: 262_144 },
  },
};
const DEFAULT_WORKLOADS = ['W1', 'W4'];
const DEFAULT_FAULTS = ['N1', 'N3', 'N5', 'N8'];

/** Throws a `UsageError` where there is no such workload or fault. */
export function askedOf(options: TortureOptions): Asked {
  const { profile } = options;
  const isLong = profile === 'soak';
  const minutes = isLong ? SOAK_MINUTES : profile === 'quick' ? QUICK_MINUTES : DEFAULT_MINUTES;
  const usual = profile === undefined ? DEFAULT_WORKLOADS : ['all'];
  const usualFaults = isLong ? ['all'] : profile === 'quick' ? QUICK_FAULTS : DEFAULT_FAULTS;
  const workloads = workloadsOf(options.workloads ?? usual);
  const faults = faultsOf(options.faults ?? usualFaults);
  const ids = [...(options.workloads ?? usual), ...(options.faults ?? usualFaults)];
  return {
    workloads,
    faults,
    minutes: options.minutes ?? minutes,
    name: options.name ?? profile ?? ids.join('-').toLowerCase(),
    needs: isLong ? SOAK_NEEDS : {},
  };
}

/** `all` is the mix, W10; the parts of a mix are workloads of their own. */
export function workloadsOf(names: readonly string[]): readonly Workload[] {
  return names.flatMap((name) => {
    const found = findWorkload(name === 'all' ? 'W10' : name);
    if (found === undefined) {
      throw new UsageError(`--workload: not one of ${idsOf(WORKLOADS)}: ${name}`);
    }
    return partsOf(found);
  });
}

export function faultsOf(names: readonly string[]): readonly Fault[] {
  return names.flatMap((name) => {
    if (name === 'all') return FAULTS;
    if (name === 'none') return [];
    const found = findFault(name);
    if (found === undefined) throw new UsageError(`--fault: not one of ${idsOf(FAULTS)}: ${name}`);
    return [found];
  });
}

function idsOf(known: readonly { readonly id: string }[]): string {
  return known.map(({ id }) => id).join(', ');
}
