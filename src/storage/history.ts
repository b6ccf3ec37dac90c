/**
 * Deletes superseded items once they are old enough, without a scan: each flush writes a list of
 * those that it wrote, and later flushes go through these lists, oldest first.
 *
 * A list is deleted in the batch that deletes the last of its items. After a crash within a list
 * it is gone through again: deleting twice does no harm.
 */
import type { Key } from '../kv/key.ts';
import { readUint64, UINT64_BYTES, writeUint64 } from './bytes.ts';
import type { Database, DatabaseWrite, Entry } from './database.ts';
import { bytesAfter } from './range-scan.ts';
import type { HistoryPlace } from './state-layer.ts';
import {
  currentKey,
  END_OF_HISTORY,
  historyListKey,
  openRecord,
  sealRecord,
  supersededKey,
} from './state-records.ts';
import { StorageError } from './storage-error.ts';

export interface Deletions {
  readonly writes: readonly DatabaseWrite[];
  /** Reads below it would miss what is deleted; 0 where nothing is. */
  readonly oldestRevision: number;
}

/** A list that is being gone through. */
interface OpenList {
  readonly recordKey: Uint8Array;
  /** Cluster time of the flush: no item of the list was superseded later. */
  readonly timeMs: number;
  readonly content: Buffer;
  at: number;
}

const TIME_BYTES = 8;
const KEY_LENGTH_BYTES = 2;
/** How many lists, and bytes of them, are held in memory. */
const MAX_OPEN_LISTS = 64;
const MAX_OPEN_BYTES = 512 * 1024;

export class History {
  readonly #database: Database;
  readonly #historyMs: number;
  #open: OpenList[] = [];
  /** Lists up to this key were opened. */
  #after: Uint8Array = historyListKey(0);
  #mayHaveMore = true;
  readonly #kept = new Set<{ readonly revision: number }>();
  #loading = false;

  constructor(database: Database, historyMs: number) {
    this.#database = database;
    this.#historyMs = historyMs;
  }

  /** The list of what a flush supersedes; `revision` is the last of the flush. */
  addList(
    writes: DatabaseWrite[],
    places: readonly HistoryPlace[],
    revision: number,
    timeMs: number,
  ): void {
    if (places.length === 0) return;
    const key = historyListKey(revision);
    writes.push({ key, value: sealRecord(key, encodeList(places, timeMs)) });
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

  /** What a flush at the given cluster time may delete, at most `max` items. */
  takeDue(timeMs: number, max: number): Deletions {
    const keepAbove = Math.min(...Array.from(this.#kept, ({ revision }) => revision));
    const writes: DatabaseWrite[] = [];
    let oldestRevision = 0;
    let left = max;
    for (let list = this.#open[0]; list !== undefined; list = this.#open[0]) {
      if (left === 0 || timeMs - list.timeMs <= this.#historyMs) break;
      while (left > 0 && mayGo(list, keepAbove)) {
        const { key, revision } = nextPlace(list);
        writes.push({ key: supersededKey(currentKey(key), revision) });
        oldestRevision = revision;
        left -= 1;
      }
      if (list.at < list.content.length) break;
      writes.push({ key: list.recordKey });
      this.#open.shift();
    }
    return { writes, oldestRevision };
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
        this.#open.push(openList(recordKey, value));
        this.#after = bytesAfter(recordKey);
      }
      return undefined;
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }
}

function encodeList(places: readonly HistoryPlace[], timeMs: number): Buffer {
  let length = TIME_BYTES;
  for (const { key } of places) length += UINT64_BYTES + KEY_LENGTH_BYTES + key.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeDoubleBE(timeMs, 0);
  for (const { key, revision } of places) {
    at = writeUint64(bytes, revision, at);
    at = bytes.writeUInt16BE(key.length, at);
    at += bytes.write(key, at, 'latin1');
  }
  return bytes;
}

function openList(recordKey: Uint8Array, value: Uint8Array): OpenList {
  const content = openRecord(recordKey, value, 'a list of superseded items');
  return { recordKey, timeMs: content.readDoubleBE(0), content, at: TIME_BYTES };
}

/** Whether there is one more in the list, and it is not kept. */
function mayGo({ at, content }: OpenList, keepAbove: number): boolean {
  return at < content.length && readUint64(content, at) <= keepAbove;
}

function nextPlace(list: OpenList): { readonly key: Key; readonly revision: number } {
  const { content } = list;
  const revision = readUint64(content, list.at);
  const keyAt = list.at + UINT64_BYTES + KEY_LENGTH_BYTES;
  const end = keyAt + content.readUInt16BE(keyAt - KEY_LENGTH_BYTES);
  list.at = end;
  return { key: content.toString('latin1', keyAt, end), revision };
}
