/** All faults there are, and how they are asked for. */
import type { Fault } from '../fault.ts';
import { KILL } from './kill.ts';
import { PARTITION } from './partition.ts';
import { PAUSE } from './pause.ts';

/** Those that need nothing but signals and the links. */
export const PROCESS_AND_NETWORK_FAULTS: readonly Fault[] = [KILL, PAUSE, PARTITION];

export const FAULTS: readonly Fault[] = [...PROCESS_AND_NETWORK_FAULTS];

/** `N5`, `n5` or `partition`; `undefined`: there is no such fault. */
export function findFault(nameOrId: string): Fault | undefined {
  const asked = nameOrId.toLowerCase();
  return FAULTS.find(({ id, name }) => name === asked || id.toLowerCase() === asked);
}
