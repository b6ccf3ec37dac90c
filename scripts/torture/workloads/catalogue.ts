/** All workloads. */
import type { Workload } from '../workload.ts';
import { registerWorkload } from './register.ts';

export const WORKLOADS: readonly Workload[] = [registerWorkload()];

/** By its name, or by its id. */
export function findWorkload(nameOrId: string): Workload | undefined {
  return WORKLOADS.find(({ name, id }) => name === nameOrId || id === nameOrId.toUpperCase());
}
