/**
 * The mark that a restore, or a recovery without a quorum, is filling a data directory. Broken off,
 * it leaves less than the state that it was given, or nothing: a replica that started on that would
 * found an empty cluster.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory, writeDurableFile } from './durable-file.ts';
import { StorageError } from './storage-error.ts';

const FILE = 'unfinished';

/** Durable once it returns. Throws where the disk fails. */
export function markUnfinished(root: string): void {
  writeDurableFile(join(root, FILE), 'A restore or a recovery was begun here.\n');
}

/** Durable once it returns. Throws where the disk fails. */
export function markFinished(root: string): void {
  rmSync(join(root, FILE));
  syncDirectory(root);
}

/** Throws a `StorageError` that says what to do where there is such a mark. */
export function refuseUnfinished(root: string): void {
  if (!existsSync(join(root, FILE))) return;
  throw new StorageError(
    `${root} was being made by a restore or a recovery, which did not come to its end. ` +
      'Delete this directory, and run that command again.',
  );
}
