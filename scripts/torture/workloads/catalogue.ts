/** All workloads. */
import type { Workload } from '../workload.ts';
import { bankWorkload } from './bank.ts';
import { counterWorkload } from './counter.ts';
import { locksWorkload } from './locks.ts';
import { mixWorkload } from './mix.ts';
import { registerWorkload } from './register.ts';
import { setWorkload } from './set.ts';
import { staleReadsWorkload } from './stale-reads.ts';
import { transactionsWorkload } from './transactions.ts';
import { watchWorkload } from './watch.ts';

export const WORKLOADS: readonly Workload[] = [
  registerWorkload(),
  transactionsWorkload(),
  setWorkload(),
  counterWorkload(),
  bankWorkload(),
  locksWorkload(),
  watchWorkload(),
  staleReadsWorkload(),
  mixWorkload(),
];

/** By its name, or by its id. */
export function findWorkload(nameOrId: string): Workload | undefined {
  return WORKLOADS.find(({ name, id }) => name === nameOrId || id === nameOrId.toUpperCase());
}
