/** Watermarks: what a measured room means, and the reserve that is let go of. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../scripts/bench/wait.ts';
import { levelOf, openDiskMonitor, type DiskMonitor } from '../../src/storage/disk-space.ts';

const MARKS = { softBytes: 4_000, hardBytes: 800, reserveBytes: 500 };
const LIMIT_MS = 20_000;

describe('levels', () => {
  test.each([
    [4_000, 'ok', 'ok'],
    [3_999, 'ok', 'low'],
    [4_499, 'low', 'low'],
    [4_500, 'low', 'ok'],
    [800, 'low', 'low'],
    [799, 'ok', 'full'],
    [899, 'full', 'full'],
    [900, 'full', 'low'],
    [4_499, 'full', 'low'],
    [4_500, 'full', 'ok'],
  ] as const)('%i bytes after %s: %s', (room, before, after) => {
    expect(levelOf(room, before, MARKS)).toBe(after);
  });

  test('marks of 0 are never reached', () => {
    expect(levelOf(0, 'ok', { softBytes: 0, hardBytes: 0, reserveBytes: 0 })).toBe('ok');
  });
});

/** A monitor over a disk whose room the test sets. */
class Disk {
  readonly folder = mkdtempSync(join(tmpdir(), 'synod-disk-'));
  /** With the reserve, as far as there is one. */
  room = 10_000;
  isBroken = false;
  readonly failures: Error[] = [];

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  get reserved(): number {
    const file = join(this.folder, 'reserve');
    return existsSync(file) ? statSync(file).size : 0;
  }

  async open(): Promise<DiskMonitor> {
    const monitor = await openDiskMonitor(this.folder, {
      marks: MARKS,
      freeBytes: () => {
        if (this.isBroken) return Promise.reject(new Error('EIO'));
        return Promise.resolve(this.room - this.reserved);
      },
      onFailed: (error) => this.failures.push(error),
    });
    onTestFinished(() => monitor.close());
    return monitor;
  }
}

function becomes(what: string, isSo: () => boolean): Promise<true> {
  return waitFor(() => isSo() || undefined, { what, limitMs: LIMIT_MS });
}

describe('a monitor', () => {
  test('knows the level from the first moment, and holds a reserve while there is room', async () => {
    const disk = new Disk();
    expect((await disk.open()).level).toBe('ok');
    expect(disk.reserved).toBe(MARKS.reserveBytes);
    const full = new Disk();
    full.room = 100;
    expect((await full.open()).level).toBe('full');
    expect(full.reserved).toBe(0);
  });

  test('lets go of the reserve when the disk is full, which changes no level, and makes it again', async () => {
    const disk = new Disk();
    const monitor = await disk.open();
    disk.room = 799;
    await becomes('full disk', () => monitor.level === 'full' && disk.reserved === 0);
    disk.room = 899;
    await becomes('measure', () => monitor.level === 'full');
    disk.room = 900;
    await becomes('room', () => disk.reserved === MARKS.reserveBytes);
    expect(monitor.level).toBe('low');
  });

  test('finds the reserve of an earlier life', async () => {
    const disk = new Disk();
    await (await disk.open()).close();
    disk.room = 700;
    expect((await disk.open()).level).toBe('full');
    expect(disk.reserved).toBe(0);
  });

  test('keeps its level while the disk cannot be measured, and says so', async () => {
    const disk = new Disk();
    const monitor = await disk.open();
    disk.room = 799;
    await becomes('full disk', () => monitor.level === 'full');
    disk.room = 10_000;
    disk.isBroken = true;
    await becomes('failure', () => disk.failures.length > 0);
    expect(monitor.level).toBe('full');
    disk.isBroken = false;
    await becomes('room', () => monitor.level === 'ok');
  });
});
