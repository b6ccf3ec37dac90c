/**
 * Opening a LevelDB writes to it: logs are replayed, tables merged. So what is read is a copy, of
 * the files that LevelDB itself would read; their blocks are shared where the file system can.
 */
import { constants, existsSync, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../storage/storage-error.ts';

export interface Copied {
  readonly bytes: number;
  /** Files that could not be read. */
  readonly problems: readonly string[];
}

/** Closing any descriptor of it would let go of the lock that this process holds. */
const LOCK = 'LOCK';
/** A replay of the log writes about as much again. */
const ROOM_FACTOR = 2;

/** Throws a `StorageError` where the scratch directory has no room for these databases. */
export function checkRoom(root: string, databases: readonly string[], scratch: string): void {
  let bytes = 0;
  for (const name of databases) {
    for (const file of filesOf(join(root, name))) bytes += statSync(join(root, name, file)).size;
  }
  const { bavail, bsize } = statfsSync(scratch);
  if (bytes * ROOM_FACTOR <= bavail * bsize) return;
  throw new StorageError(
    `${scratch} has no room for a copy of ${root}: ${bytes} bytes, and as much again to read ` +
      'them. Name a directory on a larger disk with --scratch.',
  );
}

/** `undefined`: there is no such database. */
export async function copyDatabase(from: string, to: string): Promise<Copied | undefined> {
  if (!existsSync(from)) return undefined;
  mkdirSync(to, { recursive: true });
  let bytes = 0;
  const problems: string[] = [];
  for (const name of filesOf(from)) {
    try {
      await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE);
      bytes += statSync(join(to, name)).size;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      problems.push(`${join(from, name)} cannot be copied: ${detail}`);
    }
  }
  return { bytes, problems };
}

function filesOf(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== LOCK)
    .map(({ name }) => name);
}
