/** All workloads. */
import type { Workload } from '../workload.ts';
import { counterWorkload } from './counter.ts';
import { registerWorkload } from './register.ts';
import { transactionsWorkload } from './transactions.ts';

export const WORKLOADS: readonly Workload[] = [
  registerWorkload(),
  transactionsWorkload(),
  counterWorkload(),
];

/** By its name, or by its id. */
export function findWorkload(nameOrId: string): Workload | undefined {
  return WORKLOADS.find(({ name, id }) => name === nameOrId || id === nameOrId.toUpperCase());
}
