/** Holds the locks of a data directory without writing a byte of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Hold, holdDatabase, isLockedError, LOCK } from '../storage/database-lock.ts';
import { StorageError } from '../storage/storage-error.ts';

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
  const path = join(root, name);
  try {
    return await holdDatabase(path, join(scratch, `held-${name}`));
  } catch (error) {
    throw isLockedError(error) ? inUse(root, error) : cannotLock(join(path, LOCK), error);
  }
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
