/** All faults there are, and how they are asked for. */
import type { Fault } from '../fault.ts';
import { BOOTSTRAP } from './bootstrap.ts';
import { DAMAGE } from './damage.ts';
import { DISK_FAULTS } from './disk-faults.ts';
import { FLAP } from './flap.ts';
import { FOREIGN } from './foreign.ts';
import { KILL } from './kill.ts';
import { LOPSIDED } from './lopsided.ts';
import { MEMBERSHIP } from './membership.ts';
import { OVERLOAD } from './overload.ts';
import { PARTITION } from './partition.ts';
import { PAUSE } from './pause.ts';
import { REPEAT } from './repeat.ts';
import { RETRIES } from './retries.ts';
import { SECOND_PROCESS } from './second-process.ts';
import { SLOW_CLIENTS } from './slow-clients.ts';
import { SLOW } from './slow.ts';
import { SNAPSHOT } from './snapshot.ts';
import { STALL } from './stall.ts';
import { STOP } from './stop.ts';

/** Those that need nothing but signals, sockets, the links and the API. */
export const PROCESS_AND_NETWORK_FAULTS: readonly Fault[] = [
  KILL,
  STOP,
  PAUSE,
  STALL,
  PARTITION,
  LOPSIDED,
  FLAP,
  SLOW,
  REPEAT,
  DAMAGE,
  FOREIGN,
  SECOND_PROCESS,
  MEMBERSHIP,
  SNAPSHOT,
  OVERLOAD,
  SLOW_CLIENTS,
  RETRIES,
  BOOTSTRAP,
];

/** In the order of their numbers. */
export const FAULTS: readonly Fault[] = [...PROCESS_AND_NETWORK_FAULTS, ...DISK_FAULTS].toSorted(
  (a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }),
);

/** `N5`, `n5` or `partition`; `undefined`: there is no such fault. */
export function findFault(nameOrId: string): Fault | undefined {
  const asked = nameOrId.toLowerCase();
  return FAULTS.find(({ id, name }) => name === asked || id.toLowerCase() === asked);
}
