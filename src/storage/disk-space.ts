/**
 * How much room the disk under a data directory has, measured from time to time. Below the soft
 * watermark it is `low`, and an operator is warned; below the hard one it is `full`, and the cluster
 * takes nothing that grows any more (replica/growth.ts). Both clear by themselves, an eighth above
 * their mark, so that a disk at its mark does not flap.
 *
 * A reserve file holds some of the disk. It is let go of when the disk is full, so that deletes,
 * and LevelDB's merging of what they leave, still find room; it is made again when there is enough.
 * What it holds counts as room, so that letting go of it changes no level.
 */
import { open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskLevel } from '../paxos/messages.ts';

/** In bytes of room; `reserveBytes` is below `hardBytes`, and that is not above `softBytes`. */
export interface DiskMarks {
  readonly softBytes: number;
  readonly hardBytes: number;
  /** 0: there is no reserve. */
  readonly reserveBytes: number;
}

export interface DiskMonitorOptions {
  readonly marks: DiskMarks;
  /** What is free for this user, in bytes, of the disk that holds `path`. */
  readonly freeBytes?: (path: string) => Promise<number>;
  /** Where the disk cannot be measured: it then keeps the level that it had. */
  readonly onFailed: (error: Error) => void;
}

const POLL_MS = 500;
const OWNER_ONLY = 0o600;
const PIECE = Buffer.alloc(1024 * 1024);

/** What a measured room means after `before`. */
export function levelOf(roomBytes: number, before: DiskLevel, marks: DiskMarks): DiskLevel {
  const { hardBytes, softBytes } = marks;
  if (isBelow(roomBytes, hardBytes, before === 'full')) return 'full';
  return isBelow(roomBytes, softBytes, before !== 'ok') ? 'low' : 'ok';
}

function isBelow(roomBytes: number, markBytes: number, wasBelow: boolean): boolean {
  return roomBytes < (wasBelow ? markBytes + Math.floor(markBytes / 8) : markBytes);
}

/** Measures once before it returns. */
export async function openDiskMonitor(
  path: string,
  options: DiskMonitorOptions,
): Promise<DiskMonitor> {
  const monitor = new DiskMonitor(path, options);
  await monitor.start();
  return monitor;
}

export class DiskMonitor {
  readonly #path: string;
  readonly #options: DiskMonitorOptions;
  #level: DiskLevel = 'ok';
  #reservedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** Use `openDiskMonitor`. */
  constructor(path: string, options: DiskMonitorOptions) {
    this.#path = path;
    this.#options = options;
  }

  get level(): DiskLevel {
    return this.#level;
  }

  async start(): Promise<void> {
    this.#reservedBytes = await sizeOf(this.#reserve);
    await this.#poll();
    this.#schedule();
  }

  /** The reserve stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#polling;
  }

  get #reserve(): string {
    return join(this.#path, 'reserve');
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#polling = this.#poll().then(() => this.#schedule());
    }, POLL_MS);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    const { freeBytes = freeBytesOf, marks, onFailed } = this.#options;
    try {
      const roomBytes = (await freeBytes(this.#path)) + this.#reservedBytes;
      this.#level = levelOf(roomBytes, this.#level, marks);
      if (this.#level === 'full') await this.#releaseReserve();
      else if (this.#reservedBytes < marks.reserveBytes) await this.#takeReserve();
    } catch (error) {
      onFailed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #releaseReserve(): Promise<void> {
    if (this.#reservedBytes === 0) return;
    await rm(this.#reserve, { force: true });
    this.#reservedBytes = 0;
  }

  /** Written, and not only made long: a hole in a file holds no room. */
  async #takeReserve(): Promise<void> {
    const file = await open(this.#reserve, 'w', OWNER_ONLY);
    try {
      let left = this.#options.marks.reserveBytes;
      for (; left > 0 && !this.#isClosed; left -= PIECE.length) {
        await file.write(PIECE, 0, Math.min(left, PIECE.length));
      }
      await file.sync();
    } finally {
      await file.close();
      this.#reservedBytes = await sizeOf(this.#reserve);
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}

async function freeBytesOf(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}
