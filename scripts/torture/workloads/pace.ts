/** How much a workload does, and on which of its keys. */
import type { Random } from '../../../src/simulation/random.ts';

export interface Pace {
  /** Of the name of the workload, and of its keys: parts of a mix stand beside each other. */
  readonly prefix: string;
  /** Of all clients together, where answers took no time. */
  readonly callsPerSecond: number;
  /** Whether most calls are on few of the keys. */
  readonly isSkewed: boolean;
}

export const USUAL_PACE: Pace = { prefix: '', callsPerSecond: 220, isSkewed: false };

/** How much rarer the next key is drawn than the one before, where keys are skewed. */
const SKEW = 2;

/** Where one of so many is, from 0 on. */
export function drawPlace(random: Random, count: number, { isSkewed }: Pace): number {
  const drawn = random.next();
  return Math.floor(count * (isSkewed ? drawn ** SKEW : drawn));
}
