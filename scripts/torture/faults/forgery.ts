/** Frames that were said once, as they were, and the same sealed anew with something else in them. */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { type Envelope, openFrame, sealFrame } from '../../../src/transport/frame.ts';

/** In the place of what the frame said. */
export interface Changes {
  readonly cluster?: string;
  readonly from?: number;
  readonly fromIncarnation?: string;
  readonly toIncarnation?: string;
  /** Of the body. */
  readonly epoch?: number;
}

const INCARNATION_DIGITS = 32;
const bodySchema = z.looseObject({ type: z.string(), epoch: z.number().optional() });

/** `undefined` where the line is none that a holder of the secret has sealed. */
export function readFrame(key: KeyObject, line: Buffer): Envelope | undefined {
  const opened = openFrame(key, line);
  return typeof opened === 'string' ? undefined : opened;
}

export function epochOf({ body }: Envelope): number | undefined {
  return bodySchema.safeParse(body).data?.epoch;
}

/** A line without its end, as links carry it. */
export function sealAnew(key: KeyObject, envelope: Envelope, changes: Changes): Buffer {
  const { epoch, ...ofHeader } = changes;
  const { body, ...header } = { ...envelope, ...ofHeader };
  const changed = epoch === undefined ? body : { ...bodySchema.parse(body), epoch };
  const line = sealFrame(key, header, Buffer.from(JSON.stringify(changed)));
  return line.subarray(0, line.length - 1);
}

/** Of nobody who ever was. */
export function strangeIncarnation(digit: string): string {
  return digit.repeat(INCARNATION_DIGITS);
}
