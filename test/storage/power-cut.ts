/**
 * The power fails: of each LevelDB log file, older ones too, is left some part that is not below
 * what it had when the last synced write returned. Files that LevelDB made since may be gone
 * whole. (Its tables and manifest are synced by LevelDB itself, and are left as they are.)
 *
 *   const sizes = recordLogSizes(directory);      // after each synced write's `done`
 *   ... the process is killed, or the directory is copied with copyAtOneMoment ...
 *   cutPower(copy, sizes, random);
 */
import { cpSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of each `.log` file, by its path within the directory. */
export type LogSizes = ReadonlyMap<string, number>;

/** A number from 0 to below 1. */
export type Random = () => number;

/** Looks into subdirectories as well, such as those of a replica's data directory. */
export function recordLogSizes(directory: string): LogSizes {
  const sizes = new Map<string, number>();
  for (const path of logFiles(directory)) {
    const size = sizeOf(join(directory, path));
    if (size !== undefined) sizes.set(path, size);
  }
  return sizes;
}

/** Cuts in place; no process may have the directory open. Returns how many bytes were lost. */
export function cutPower(directory: string, synced: LogSizes, random: Random): number {
  let lost = 0;
  for (const path of logFiles(directory)) {
    const file = join(directory, path);
    const size = statSync(file).size;
    const floor = Math.min(size, synced.get(path) ?? 0);
    const left = floor + Math.floor(random() * (size - floor + 1));
    truncateSync(file, left);
    lost += size - left;
  }
  return lost;
}

const MAX_COPIES = 1000;

/**
 * Copies a directory while LevelDB is at work in it: again, until its threads changed no file but
 * the logs meanwhile. (What a log grows by during the copy is a write that was under way.)
 */
export function copyAtOneMoment(from: string, to: string): void {
  for (let copies = 0; copies < MAX_COPIES; copies += 1) {
    const before = listing(from);
    try {
      cpSync(from, to, { recursive: true });
      if (listing(from) === before) return;
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isGone) throw error;
    }
    rmSync(to, { recursive: true, force: true });
  }
  throw new Error(`${from} never stood still`);
}

function listing(directory: string): string {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  return names.map((name) => `${name} ${isLog(name) ? '' : sizeOf(join(directory, name))}`).join();
}

function logFiles(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  return names.filter(isLog).toSorted();
}

function isLog(name: string): boolean {
  return name.endsWith('.log');
}

/** LevelDB may delete an old log file between the listing and this. */
function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}
