/**
 * Damages one file of a replica's data directory, as a bad disk does. What changes bytes, and not the
 * length of the file, may be done while the replica runs; the rest only while it is stopped: what is
 * mapped must not become shorter.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { unreachable } from '../../../src/kv/unreachable.ts';
import { type FileKind, type Room, roomOf, type VictimFile, victimFiles } from './victim-file.ts';

export const LIVE_DAMAGES = ['flip', 'zero', 'copy'] as const;
export const DAMAGES = [...LIVE_DAMAGES, 'old', 'truncate', 'delete'] as const;

/**
 * `flip`: some bits; `zero`: a block of 4 KiB; `copy`: a chunk of the file over another one; `old`: a
 * chunk as it was in an older copy of the directory; `truncate`: by some bytes; `delete`: the file.
 */
export type DamageKind = (typeof DAMAGES)[number];

export interface DamageOptions {
  readonly what: DamageKind;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Any kind of file, by default. */
  readonly files?: readonly FileKind[];
  readonly room?: Room;
  /** Bits flipped of each bit that there is, one at least; drawn from 1e-3 to 1e-5 by default. */
  readonly flips?: number;
  /** An older copy of the directory, for `old`. */
  readonly olderCopy?: string;
}

const FLIPS = [1e-3, 1e-4, 1e-5] as const;
const BLOCK_BYTES = 4096;
const CHUNK_BYTES = 64 * 1024;
const BITS = 8;

/** What it did to which file, in words. Throws where there is no file that fits. */
export function damage(dataDir: string, options: DamageOptions): string {
  const file = drawFile(dataDir, options);
  const path = join(dataDir, file.path);
  return `${damageFile(path, file, options)} of ${file.path} (${file.bytes} bytes)`;
}

function drawFile(dataDir: string, options: DamageOptions): VictimFile {
  const { files, room, olderCopy, random, what } = options;
  const fitting = victimFiles(dataDir).filter(
    (file) =>
      (files === undefined || files.includes(file.kind)) &&
      (room === undefined || roomOf(file) === room) &&
      (what !== 'old' || (olderCopy !== undefined && existsSync(join(olderCopy, file.path)))),
  );
  // Of each kind alike: there may be a hundred tables.
  const kinds = [...new Set(fitting.map(({ kind }) => kind))];
  const kind = kinds[below(kinds.length, random)];
  const ofKind = fitting.filter((file) => file.kind === kind);
  const file = ofKind[below(ofKind.length, random)];
  if (file === undefined) throw new Error(`${dataDir} has no file for this damage: ${what}`);
  return file;
}

function damageFile(path: string, file: VictimFile, options: DamageOptions): string {
  const { what, random } = options;
  switch (what) {
    case 'flip':
      return flipBits(path, file.bytes, options);
    case 'zero': {
      const at = below(Math.ceil(file.bytes / BLOCK_BYTES), random) * BLOCK_BYTES;
      const bytes = Math.min(BLOCK_BYTES, file.bytes - at);
      overwrite(path, at, Buffer.alloc(bytes));
      return `${bytes} bytes at ${at} zeroed`;
    }
    case 'copy': {
      const bytes = 1 + below(Math.min(CHUNK_BYTES, Math.ceil(file.bytes / 2)), random);
      const [from, to] = [below(file.bytes - bytes, random), below(file.bytes - bytes, random)];
      overwrite(path, to, readAt(path, from, bytes));
      return `${bytes} bytes at ${from} copied to ${to}`;
    }
    case 'old': {
      const at = below(Math.ceil(file.bytes / BLOCK_BYTES), random) * BLOCK_BYTES;
      const old = readAt(join(options.olderCopy ?? '', file.path), at, CHUNK_BYTES);
      overwrite(path, at, old.subarray(0, file.bytes - at));
      return `${old.length} older bytes put back at ${at}`;
    }
    case 'truncate': {
      const bytes = 1 + below(Math.min(file.bytes, CHUNK_BYTES), random);
      truncateSync(path, file.bytes - bytes);
      return `the last ${bytes} bytes cut off`;
    }
    case 'delete':
      rmSync(path);
      return 'deleted: all';
    default:
      return unreachable(what);
  }
}

function flipBits(path: string, bytes: number, { random, flips }: DamageOptions): string {
  const rate = flips ?? FLIPS[below(FLIPS.length, random)] ?? 0;
  const count = Math.max(1, Math.round(bytes * BITS * rate));
  for (let flipped = 0; flipped < count; flipped += 1) {
    const at = below(bytes, random);
    const byte = readAt(path, at, 1);
    byte.writeUInt8((byte.at(0) ?? 0) ^ (1 << below(BITS, random)));
    overwrite(path, at, byte);
  }
  return `${count} bits flipped`;
}

function readAt(path: string, at: number, bytes: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const read = Buffer.alloc(bytes);
    return read.subarray(0, readSync(file, read, 0, bytes, at));
  } finally {
    closeSync(file);
  }
}

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
}

/** A whole number from 0 to below the limit; 0 where that is not above 0. */
function below(limit: number, random: () => number): number {
  return Math.max(0, Math.floor(random() * limit));
}
