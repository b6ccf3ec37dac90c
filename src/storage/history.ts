/**
 * Deletes superseded items once there are too many of them, or they are old enough, without a scan: each
 * flush writes a list of what it changed (change-list.ts), and later flushes go through these lists,
 * oldest first, a whole revision at a time.
 *
 * A list is deleted in the batch that deletes the last of its items.
 */
import type { Key } from '../kv/key.ts';
import { OpenList } from './change-list.ts';
import type { Database, DatabaseWrite, Entry } from './database.ts';
import { bytesAfter } from './range-scan.ts';
import { currentKey, END_OF_HISTORY, historyListKey, supersededKey } from './state-records.ts';
import { StorageError } from './storage-error.ts';

/** History beyond any of these may be deleted. */
export interface HistoryLimits {
  /** Age, in cluster time. */
  readonly historyMs: number;
  readonly historyRevisions: number;
  /** Of superseded items. */
  readonly historyBytes: number;
}

/** The store at a flush. */
export interface HistoryNow {
  readonly timeMs: number;
  readonly revision: number;
  /** Of superseded items that are kept. */
  readonly historyBytes: number;
}

export interface Deletions {
  readonly writes: readonly DatabaseWrite[];
  /** Reads below it would miss what is deleted; 0 where nothing is. */
  readonly oldestRevision: number;
  /** Of the superseded items among them. */
  readonly bytes: number;
}

/** How many lists, and bytes of them, are held in memory. */
const MAX_OPEN_LISTS = 64;
const MAX_OPEN_BYTES = 512 * 1024;

export class History {
  readonly #database: Database;
  readonly #limits: HistoryLimits;
  #open: OpenList[] = [];
  /** Lists up to this key were opened. */
  #after: Uint8Array = historyListKey(0);
  #mayHaveMore = true;
  readonly #kept = new Set<{ readonly revision: number }>();
  #loading = false;
  /** Changes up to this revision are deleted. */
  #deletedUpTo: number;

  constructor(database: Database, limits: HistoryLimits, oldestRevision: number) {
    this.#database = database;
    this.#limits = limits;
    this.#deletedUpTo = oldestRevision;
  }

  /** A list was written. */
  hasMore(): void {
    this.#mayHaveMore = true;
  }

  /** What was superseded above the revision is not deleted before the returned function is called. */
  keepAbove(revision: number): () => void {
    const kept = { revision };
    this.#kept.add(kept);
    return () => {
      this.#kept.delete(kept);
    };
  }

  /** What a flush may delete, at most `max` changes, but for the rest of the last revision. */
  takeDue(now: HistoryNow, max: number): Deletions {
    const keepAbove = Math.min(...Array.from(this.#kept, ({ revision }) => revision));
    const writes: DatabaseWrite[] = [];
    let taken = 0;
    let bytes = 0;
    const last = this.#deletedUpTo;
    for (let list = this.#open[0]; list !== undefined; list = this.#open[0]) {
      list.skipBelow(last + 1);
      for (let next = list.nextRevision; next !== undefined; next = list.nextRevision) {
        const isBegun = next === this.#deletedUpTo && next > last;
        const isDue = this.#isDue(list, next, { ...now, historyBytes: now.historyBytes - bytes });
        if (!isBegun && (taken >= max || !isDue || next > keepAbove)) break;
        const { key, revision, superseded } = list.take();
        this.#deletedUpTo = revision;
        taken += 1;
        if (superseded === undefined) continue;
        writes.push(deletionOf(key, revision));
        bytes += superseded;
      }
      if (list.nextRevision !== undefined) break;
      writes.push({ key: list.recordKey });
      this.#open.shift();
    }
    return { writes, oldestRevision: this.#deletedUpTo, bytes };
  }

  #isDue({ timeMs }: OpenList, change: number, now: HistoryNow): boolean {
    const { historyBytes, historyMs, historyRevisions } = this.#limits;
    if (now.timeMs - timeMs > historyMs) return true;
    return now.revision - change >= historyRevisions || now.historyBytes > historyBytes;
  }

  /** Reads the next lists, where none is open. To be called while no flush is under way. */
  load(done: (error: Error | undefined) => void): void {
    if (this.#open.length > 0 || !this.#mayHaveMore || this.#loading) return done(undefined);
    this.#loading = true;
    this.#mayHaveMore = false;
    const range = {
      gte: this.#after,
      lt: END_OF_HISTORY,
      limit: MAX_OPEN_LISTS,
      maxBytes: MAX_OPEN_BYTES,
    };
    this.#database.scan(range, (error, entries, more) => {
      this.#loading = false;
      if (error !== undefined) return done(error);
      if (more) this.#mayHaveMore = true;
      done(this.#take(entries));
    });
  }

  #take(entries: readonly Entry[]): Error | undefined {
    try {
      for (const [recordKey, value] of entries) {
        this.#open.push(new OpenList(recordKey, value));
        this.#after = bytesAfter(recordKey);
      }
      return undefined;
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }
}

function deletionOf(key: Key, revision: number): DatabaseWrite {
  return { key: supersededKey(currentKey(key), revision) };
}
