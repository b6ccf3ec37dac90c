/**
 * Who has a database open. LevelDB locks the file `LOCK` within its directory, through a symbolic link
 * too: so another database, whose `LOCK` leads there, takes that lock without a look at the rest.
 */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Level } from 'level';

export const LOCK = 'LOCK';

export interface Hold {
  release(): Promise<void>;
}

/**
 * Holds the lock of the database at `path`, whose `LOCK` is there, by one that is made at `scratch`.
 * Rejects with LevelDB's error, of which `isLockedError` tells whether a process has it open.
 */
export async function holdDatabase(path: string, scratch: string): Promise<Hold> {
  mkdirSync(scratch, { recursive: true });
  symlinkSync(join(path, LOCK), join(scratch, LOCK));
  const level = new Level(scratch);
  await level.open();
  return { release: () => level.close() };
}

export function isLockedError(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}
