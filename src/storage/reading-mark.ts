/**
 * The mark that the state has not been read through since a process began on it. One that is found at
 * a start is of a process that ended before: perhaps for what it read. Then all tables are looked at
 * first, however many they are. It need not outlive a power cut.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'reading';

export function isMarkedReading(root: string): boolean {
  return existsSync(join(root, FILE));
}

/** Throws where the disk fails. */
export function markReading(root: string): void {
  // Without a byte in it: so a disk that is full has room for it.
  writeFileSync(join(root, FILE), '', { mode: 0o600 });
}

/** Throws where the disk fails. */
export function markRead(root: string): void {
  rmSync(join(root, FILE), { force: true });
}
