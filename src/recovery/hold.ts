/**
 * Holds the locks of a data directory without writing a byte of it. LevelDB locks the file `LOCK`
 * within its directory, through a symbolic link too: so a database in the scratch directory, whose
 * `LOCK` leads there, cannot be opened while a replica runs on the directory, and keeps any from
 * starting on it for as long as it is open.
 */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openLevelDatabase } from '../storage/level-database.ts';
import { StorageError } from '../storage/storage-error.ts';

export interface Hold {
  release(): Promise<void>;
}

const LOCK = 'LOCK';

/** Of these databases of the directory, those that have a lock: what has none, nobody holds. */
export async function holdDirectory(
  root: string,
  databases: readonly string[],
  scratch: string,
): Promise<Hold> {
  const held: Hold[] = [];
  const release = async (): Promise<void> => {
    for (const one of held.splice(0)) await one.release();
  };
  try {
    for (const name of databases) {
      if (existsSync(join(root, name, LOCK))) held.push(await hold(root, name, scratch));
    }
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

async function hold(root: string, name: string, scratch: string): Promise<Hold> {
  const path = join(scratch, `held-${name}`);
  mkdirSync(path, { recursive: true });
  const lock = join(root, name, LOCK);
  symlinkSync(lock, join(path, LOCK));
  try {
    const database = await openLevelDatabase(path);
    return { release: () => database.close() };
  } catch (error) {
    throw isLocked(error) ? inUse(root, error) : cannotLock(lock, error);
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}

function inUse(root: string, cause: unknown): StorageError {
  return new StorageError(
    `${root} is in use by a process: a replica runs on it, or another recovery reads it. ` +
      'Stop all replicas first.',
    { cause },
  );
}

function cannotLock(lock: string, cause: unknown): StorageError {
  return new StorageError(
    `cannot lock ${lock}: so it cannot be told whether a replica runs on it. The user that runs ` +
      'the server must run this; what stands on a disk that is read-only must be copied from it.',
    { cause },
  );
}
