/** The two databases behind one face that the acceptance suite drives: a disk that loses power. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Database,
  DatabaseView,
  DatabaseWrite,
  KeyRange,
  ScanDone,
  ScanRange,
  WriteDone,
  WriteOptions,
} from '../../src/storage/database.ts';
import { type LevelDatabase, openLevelDatabase } from '../../src/storage/level-database.ts';
import { MemoryDatabase } from '../../src/storage/memory-database.ts';
import {
  copyAtOneMoment,
  cutPower,
  type LogSizes,
  type Random,
  recordLogSizes,
} from './power-cut.ts';

export interface Disk {
  open(): Promise<Database>;
  /**
   * Cuts the power under the open database, which loses what it may lose, and opens what is left.
   * To be called in the state in which the process was at that moment, writes under way included.
   */
  loseAndOpen(random: Random): Promise<Database>;
  close(): Promise<void>;
}

/** As a bug would have it: no write is synced. */
export class UnsyncedDatabase implements Database {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  write(writes: readonly DatabaseWrite[], _options: WriteOptions, done: WriteDone): void {
    this.#database.write(writes, { sync: false }, done);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#database.get(key);
  }

  scan(range: ScanRange, done: ScanDone): void {
    this.#database.scan(range, done);
  }

  clear(range: KeyRange, done: WriteDone): void {
    this.#database.clear(range, done);
  }

  reclaim(range: KeyRange, done: WriteDone): void {
    this.#database.reclaim(range, done);
  }

  openView(): DatabaseView {
    return this.#database.openView();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

export class MemoryDisk implements Disk {
  readonly #database = new MemoryDatabase({ schedule: (complete) => setImmediate(complete) });

  open(): Promise<Database> {
    return Promise.resolve(this.#database);
  }

  loseAndOpen(random: Random): Promise<Database> {
    this.#database.crash({ survives: () => random() >= 0.5 });
    return this.open();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** Small buffers, so that LevelDB changes its log file within a test. */
const WRITE_BUFFER_BYTES = 64 * 1024;

export class LevelDisk implements Disk {
  readonly #root = mkdtempSync(join(tmpdir(), 'synod-disk-'));
  #life = 0;
  #open: LevelDatabase | undefined;
  #synced: LogSizes = new Map();

  async open(): Promise<Database> {
    const level = await openLevelDatabase(this.#directory, {
      writeBufferBytes: WRITE_BUFFER_BYTES,
    });
    this.#open = level;
    this.#synced = recordLogSizes(this.#directory);
    return new RecordingDatabase(level, () => {
      this.#synced = recordLogSizes(this.#directory);
    });
  }

  async loseAndOpen(random: Random): Promise<Database> {
    const synced = this.#synced;
    const from = this.#directory;
    this.#life += 1;
    copyAtOneMoment(from, this.#directory);
    cutPower(this.#directory, synced, random);
    await this.#open?.close();
    return this.open();
  }

  async close(): Promise<void> {
    await this.#open?.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  get #directory(): string {
    return join(this.#root, `life-${this.#life}`);
  }
}

/** Takes the log files' sizes when a synced write returns, before anyone hears of it. */
class RecordingDatabase implements Database {
  readonly #database: Database;
  readonly #record: () => void;

  constructor(database: Database, record: () => void) {
    this.#database = database;
    this.#record = record;
  }

  write(writes: readonly DatabaseWrite[], options: WriteOptions, done: WriteDone): void {
    this.#database.write(writes, options, (error) => {
      if (options.sync && error === undefined) this.#record();
      done(error);
    });
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#database.get(key);
  }

  scan(range: ScanRange, done: ScanDone): void {
    this.#database.scan(range, done);
  }

  clear(range: KeyRange, done: WriteDone): void {
    this.#database.clear(range, done);
  }

  reclaim(range: KeyRange, done: WriteDone): void {
    this.#database.reclaim(range, done);
  }

  openView(): DatabaseView {
    return this.#database.openView();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}
