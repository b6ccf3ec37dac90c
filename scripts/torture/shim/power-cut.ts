/**
 * The power fails: each file loses what was not really synced, and names that came, changed or went
 * since the last sync are as they were, from some point on. What was synced is left as it is. Names
 * are as on ext4: once any file is synced, all names that changed before are there for good.
 */
import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { unreachable } from '../../../src/kv/unreachable.ts';
import { FILE_BYTES, FILE_PATH_AT, FILES, PAGE_BYTES, SAVED_PAGES } from './layout.ts';
import { type NameChange, unsyncedNames } from './names.ts';

export interface CutOptions {
  /**
   * `all`: all since the last sync is gone. `random`: some of it, sectors in the midst as well.
   * `torn`: of the last write of each file the end is missing, from the border of a sector on.
   */
  readonly mode: 'all' | 'random' | 'torn';
  /** From 0 to below 1. */
  readonly random: () => number;
}

export interface ShimState {
  readonly folder: string;
  readonly directory: string;
  /** Of the control file. */
  readonly table: Buffer;
  /** A line of the journal of names is missing. */
  readonly isJournalBroken: boolean;
}

interface FileState {
  readonly index: number;
  readonly path: string;
  readonly synced: number;
  readonly lastAt: number;
  readonly savedPages: bigint;
}

/** What a disk writes as a whole: a sector, or a page. */
const SECTORS = [512, 4096] as const;
const LOST_SECTOR_CHANCE = 0.3;

export function cutPowerOf(state: ShimState, options: CutOptions): string {
  let lost = 0;
  let touched = 0;
  for (const file of filesOf(state.table)) {
    const bytes = cutFile(state, file, options);
    lost += bytes;
    if (bytes > 0) touched += 1;
  }
  const names = undoNames(state, options);
  return `${lost} bytes of ${touched} files and ${names} changes of names were lost`;
}

function filesOf(table: Buffer): readonly FileState[] {
  return Array.from({ length: FILES }, (_, index) => index)
    .filter((index) => table.readUInt32LE(index * FILE_BYTES) !== 0)
    .map((index) => {
      const entry = table.subarray(index * FILE_BYTES, (index + 1) * FILE_BYTES);
      const path = entry.subarray(FILE_PATH_AT);
      return {
        index,
        path: path.subarray(0, path.indexOf(0)).toString(),
        synced: Number(entry.readBigUInt64LE(16)),
        lastAt: Number(entry.readBigUInt64LE(24)),
        savedPages: entry.readBigUInt64LE(40),
      };
    });
}

/** How many bytes it lost. */
function cutFile(state: ShimState, file: FileState, options: CutOptions): number {
  const path = join(state.directory, file.path);
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) return 0;
  const restored = restorePages(state, file, options);
  const { size } = status;
  if (size <= file.synced) return restored;
  const left = lengthLeft(file, size, options);
  if (options.mode === 'random') loseSectors(path, file.synced, left, options.random);
  truncateSync(path, left);
  return restored + size - left;
}

function lengthLeft(file: FileState, size: number, { mode, random }: CutOptions): number {
  switch (mode) {
    case 'all':
      return file.synced;
    case 'random':
      return file.synced + Math.floor(random() * (size - file.synced + 1));
    case 'torn':
      return tornLength(Math.max(file.synced, Math.min(file.lastAt, size)), size, random);
    default:
      return unreachable(mode);
  }
}

function tornLength(from: number, size: number, random: () => number): number {
  const sector = SECTORS[random() < 0.5 ? 0 : 1];
  const border = Math.floor((from + random() * (size - from)) / sector) * sector;
  return Math.max(from, border);
}

/** The file has its new length, and what stood in there did not arrive. */
function loseSectors(path: string, from: number, to: number, random: () => number): void {
  const [sector] = SECTORS;
  const file = openSync(path, 'r+');
  try {
    for (let at = Math.ceil(from / sector) * sector; at + sector <= to; at += sector) {
      if (random() < LOST_SECTOR_CHANCE) writeSync(file, Buffer.alloc(sector), 0, sector, at);
    }
  } finally {
    closeSync(file);
  }
}

/** Pages that were overwritten have what they had; each of them, or some, as the mode says. */
function restorePages(state: ShimState, file: FileState, { mode, random }: CutOptions): number {
  if (mode === 'torn') return 0;
  let restored = 0;
  for (let page = 0; page < SAVED_PAGES; page += 1) {
    if ((file.savedPages & (1n << BigInt(page))) === 0n) continue;
    if (mode === 'random' && random() < 0.5) continue;
    const saved = readFileSync(join(state.folder, 'pages', `${file.index}-${page}`));
    const open = openSync(join(state.directory, file.path), 'r+');
    writeSync(open, saved, 0, saved.length, page * PAGE_BYTES);
    closeSync(open);
    restored += saved.length;
  }
  return restored;
}

/** From the last one back, as far as what was there was kept; how many were undone. */
function undoNames(state: ShimState, { mode, random }: CutOptions): number {
  const changes = state.isJournalBroken ? [] : unsyncedNames(state.folder);
  const counts = { all: changes.length, torn: 0, random: below(changes.length + 1, random) };
  const last = changes.toReversed().slice(0, counts[mode]);
  const stop = last.findIndex((change) => !canBeUndone(change));
  const undone = stop === -1 ? last : last.slice(0, stop);
  for (const change of undone) undoName(state, change);
  return undone.length;
}

function below(limit: number, random: () => number): number {
  return Math.floor(random() * limit);
}

/** Under the name that a rename gave there may have been nothing: then nothing was kept either. */
function canBeUndone(change: NameChange): boolean {
  switch (change.type) {
    case 'create':
      return true;
    case 'rename':
      return change.kept !== undefined || change.synced === undefined;
    case 'unlink':
      return change.kept !== undefined;
    default:
      return unreachable(change);
  }
}

function undoName(state: ShimState, change: NameChange): void {
  const path = join(state.directory, change.path);
  if (change.type === 'create') return rmSync(path, { force: true });
  if (change.type === 'rename' && existsSync(path)) {
    renameSync(path, join(state.directory, change.from));
  }
  if (change.kept === undefined) return;
  const kept = join(state.folder, 'kept', String(change.kept));
  if (!existsSync(kept) || existsSync(path)) return;
  if (change.synced !== undefined && statSync(kept).size > change.synced) {
    truncateSync(kept, change.synced);
  }
  linkSync(kept, path);
}
