/** A directory for copies, which goes away with the process, short of SIGKILL. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { StorageError } from '../storage/storage-error.ts';

export interface Scratch {
  readonly path: string;
  remove(): void;
}

/** None within any of the `roots`: these are not to be changed. */
export function openScratch(base: string | undefined, roots: readonly string[]): Scratch {
  const parent = realParent(base ?? tmpdir());
  refuseWithin(parent, roots);
  const path = mkdtempSync(join(parent, 'synod-recover-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Throws a `StorageError` where the path is in one of them. */
export function refuseWithin(path: string, roots: readonly string[]): void {
  const inside = roots.find((root) => path === root || path.startsWith(root + sep));
  if (inside === undefined) return;
  throw new StorageError(`${path} is within ${inside}, where nothing is to be changed`);
}

function realParent(base: string): string {
  try {
    return realpathSync(base);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new StorageError(`cannot copy into ${base}: ${detail}`, { cause: error });
  }
}
