/** What the data directory of a replica that is down holds, read from a copy of it. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Slot } from '../../../src/paxos/command.ts';
import { type Closers, openSurvivor } from '../../../src/recovery/surviving-directory.ts';

export interface Held {
  /** Its state is durable up to here. */
  readonly appliedUpTo: Slot;
  /** Its log knows of these that they are chosen. */
  readonly chosenUpTo: Slot;
  /** Its log holds nothing of these. */
  readonly trimmedUpTo: Slot;
}

/** `undefined`: not all of it is whole, or another process has begun to work on it meanwhile. */
export async function readHeld(directory: string): Promise<Held | undefined> {
  const scratch = mkdtempSync(join(tmpdir(), 'synod-held-'));
  const [copy, place] = [join(scratch, 'copy'), join(scratch, 'place')];
  const closers: Closers = [];
  try {
    cpSync(directory, copy, { recursive: true });
    mkdirSync(place);
    const { log, state } = await openSurvivor(copy, place, closers);
    const { recovered } = log?.whole ?? {};
    if (recovered === undefined || state === undefined) return undefined;
    const { base, chosenUpTo, floor } = recovered;
    const { appliedUpTo } = state.meta;
    return { appliedUpTo, chosenUpTo, trimmedUpTo: Math.max(base, floor) };
  } catch {
    return undefined;
  } finally {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
    rmSync(scratch, { recursive: true, force: true });
  }
}
