/** The state of a surviving directory: whole, or of no use but for how far it once was. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Slot } from '../paxos/command.ts';
import type { Membership } from '../paxos/membership.ts';
import {
  type LevelDatabase,
  openLevelDatabase,
  repairLevelDatabase,
} from '../storage/level-database.ts';
import { leaveOutDamage } from '../storage/level-tables/table-check.ts';
import { checkState } from '../storage/state-check.ts';
import { parseMeta, type StateIdentity, type StateMeta } from '../storage/state-meta.ts';
import { META_KEY } from '../storage/state-records.ts';
import { StorageError } from '../storage/storage-error.ts';

export interface WholeState {
  readonly database: LevelDatabase;
  readonly identity: StateIdentity;
  readonly meta: StateMeta;
}

/** Of a state that may be damaged; each is verified by itself. */
export interface StateTold {
  readonly identity: StateIdentity;
  readonly appliedUpTo: Slot;
  /** Up to here its log need not hold anything. */
  readonly base: Slot;
  readonly membership: Membership | undefined;
}

/**
 * Of a copy, which is repaired where it does not open: what is missing then shows, as the records
 * have checksums, and there is a sum, or a chain, over all of them.
 */
export async function openCopy(
  path: string,
  problems: string[],
): Promise<LevelDatabase | undefined> {
  // Without it LevelDB begins anew, and deletes the tables that it does not know of.
  const isNew = !existsSync(join(path, 'CURRENT')) && readdirSync(path).length > 0;
  try {
    if (!isNew) return await openLevelDatabase(path);
    problems.push('a database of it has no file CURRENT');
  } catch (error) {
    problems.push(`a database of it is damaged: ${causeOf(error)}`);
  }
  try {
    const leftOut = await leaveOutDamage(path);
    problems.push(...leftOut.map((text) => `left out of it: ${text}`));
    await repairLevelDatabase(path);
    return await openLevelDatabase(path);
  } catch (error) {
    problems.push(`it cannot be repaired: ${causeOf(error)}`);
    return undefined;
  }
}

/** `undefined`: nothing, or nothing that can be read. */
export function readStateTold(database: LevelDatabase): StateTold | undefined {
  try {
    const stored = database.get(META_KEY);
    if (stored === undefined) return undefined;
    const { identity, meta } = parseMeta(stored);
    const { appliedUpTo, base, membership } = meta;
    return { identity, appliedUpTo, base, membership };
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

export function checkSurvivingState(
  database: LevelDatabase,
  identity: StateIdentity,
  problems: string[],
): Promise<WholeState | undefined> {
  return new Promise((resolve) => {
    checkState(database, identity, (error, meta) => {
      if (error !== undefined) problems.push(`its state is of no use: ${error.message}`);
      resolve(meta === undefined ? undefined : { database, identity, meta });
    });
  });
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
