/** What is done to one replica's clock, disk or files, as it travels to the launcher. */
import { z } from 'zod';

const MAX_OFFSET_MS = 100 * 365 * 86_400_000;
const MIN_RATE = 0.5;
const MAX_RATE = 2;

export const harmSchema = z.discriminatedUnion('type', [
  /** How far its wall clock is off, from now on. */
  z.strictObject({
    type: z.literal('offset'),
    ms: z.int().min(-MAX_OFFSET_MS).max(MAX_OFFSET_MS),
  }),
  /** How fast its clocks run, from now on; 1 is right. */
  z.strictObject({ type: z.literal('rate'), rate: z.number().min(MIN_RATE).max(MAX_RATE) }),
  z.strictObject({ type: z.literal('fullDisk') }),
  z.strictObject({ type: z.literal('corrupt') }),
]);

export type Harm = z.infer<typeof harmSchema>;
