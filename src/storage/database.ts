/**
 * The port to an ordered store of bytes on one disk. Two databases implement it: LevelDB, and one
 * in memory whose disk can lose what was not synced.
 *
 * What it promises, and no more: a write is atomic; once the `done` of a synced write was called
 * without an error, that write survives a crash. A write that was not synced may be lost although
 * a later, synced one is kept: LevelDB does not sync its old log file when it begins a new one.
 * After an error the database must not be used again (ATC'20: a failed fsync cannot be retried).
 *
 * Keys and values that are handed over, and those handed out, are never changed afterwards.
 */

/** Without a value: the key is deleted. */
export interface DatabaseWrite {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
}

export interface WriteOptions {
  readonly sync: boolean;
}

/** `gte` inclusive, `lt` exclusive, in the order of bytes. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

/** `reverse` begins at the end. */
export interface ScanRange extends KeyRange {
  /** At most so many entries. */
  readonly limit: number;
  /** Stops after the entry with which keys and values reach so many bytes. */
  readonly maxBytes?: number;
  readonly reverse?: boolean;
}

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

export type WriteDone = (error: Error | undefined) => void;

/** `more`: `limit` or `maxBytes` ended the scan, so that there may be further entries. */
export type ScanDone = (error: Error | undefined, entries: readonly Entry[], more: boolean) => void;

/** A moment of the database. It holds back space on the disk until it is closed. */
export interface DatabaseView {
  get(key: Uint8Array): Uint8Array | undefined;
  scan(range: ScanRange, done: ScanDone): void;
  /** What is under way ends first; nothing may be asked for after this. */
  close(): void;
}

export interface Database {
  /** All of the writes or none of them; of two writes to one key the later one counts. */
  write(writes: readonly DatabaseWrite[], options: WriteOptions, done: WriteDone): void;
  /** Synchronous. Sees every write whose `done` was called. Throws on a damaged database. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** The range as it is at the call: a write that begins later is not seen. */
  scan(range: ScanRange, done: ScanDone): void;
  /**
   * Deletes all keys of the range, without a sync: a crash may bring back any of them. It is not
   * atomic, and not to be used on keys that are written meanwhile.
   */
  clear(range: KeyRange, done: WriteDone): void;
  /** Gives back the space of what was deleted in the range. Nobody sees a difference. */
  reclaim(range: KeyRange, done: WriteDone): void;
  /**
   * Everything that was written, as it is now, whatever is written later. Not for a database to which
   * anybody writes meanwhile: `get` may then give a value that was replaced (revision-view.ts).
   */
  openView(): DatabaseView;
  /** Waits for what is under way; views that are still open end with it. */
  close(): Promise<void>;
}
