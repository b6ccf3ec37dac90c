/** A long range, read page by page. The pages are not of one moment. */
import type { Database, Entry } from './database.ts';
import { StorageError } from './storage-error.ts';

export interface LongRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

const PAGE_ENTRIES = 1000;
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Calls `take` with each entry, in order, until it returns false. A `StorageError` that `take`
 * throws ends the scan and goes to `done`.
 */
export function scanRange(
  database: Database,
  range: LongRange,
  take: (entry: Entry) => boolean,
  done: (error: Error | undefined) => void,
): void {
  const page = { ...range, limit: PAGE_ENTRIES, maxBytes: PAGE_BYTES };
  database.scan(page, (error, entries, more) => {
    if (error !== undefined) return done(error);
    const stopped = takeAll(entries, take);
    if (stopped instanceof StorageError) return done(stopped);
    const last = entries.at(-1);
    if (stopped || !more || last === undefined) return done(undefined);
    scanRange(database, { gte: bytesAfter(last[0]), lt: range.lt }, take, done);
  });
}

/** The same from the end of the range to its beginning. */
export function scanRangeBackwards(
  database: Database,
  range: LongRange,
  take: (entry: Entry) => boolean,
  done: (error: Error | undefined) => void,
): void {
  const page = { ...range, limit: PAGE_ENTRIES, maxBytes: PAGE_BYTES, reverse: true };
  database.scan(page, (error, entries, more) => {
    if (error !== undefined) return done(error);
    const stopped = takeAll(entries, take);
    if (stopped instanceof StorageError) return done(stopped);
    const last = entries.at(-1);
    if (stopped || !more || last === undefined) return done(undefined);
    scanRangeBackwards(database, { gte: range.gte, lt: last[0] }, take, done);
  });
}

function takeAll(
  entries: readonly Entry[],
  take: (entry: Entry) => boolean,
): boolean | StorageError {
  try {
    return !entries.every((entry) => take(entry));
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

/** The next in the order of bytes: nothing lies between the two. */
export function bytesAfter(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.of(0)]);
}
