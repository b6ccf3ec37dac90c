/**
 * What a replica does when it is told to burn: nothing else. It is read from a file, since a signal
 * carries no more than itself.
 */
import { z } from 'zod';

export interface Burn {
  /** `loop`: nothing is done at all; `garbage`: memory is taken and let go, so that it is collected. */
  readonly type: 'loop' | 'garbage';
  readonly ms: number;
}

export const BURN_SIGNAL = 'SIGUSR2';

const burnSchema = z.strictObject({ type: z.enum(['loop', 'garbage']), ms: z.number().min(0) });

export function formatBurn(burn: Burn): string {
  return JSON.stringify(burn);
}

export function parseBurn(text: string): Burn {
  return burnSchema.parse(JSON.parse(text));
}

/** Beside a replica's configuration. */
export function burnFile(configFile: string): string {
  return `${configFile}.burn`;
}
