/**
 * Reads keys in order as of a revision: the database's records, under the layers that lie over it.
 *
 * It goes in steps. Each takes, in one tick, the layers and a scan of the database; a flush that
 * ends before the scan's completion changes neither. What a key was at a revision never changes
 * while that revision's history is kept, so the steps need not be of one moment.
 */
import type { Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { keyAfter } from '../kv/prefix.ts';
import type { Entry } from './database.ts';
import { heldAfter, type StateLayer } from './state-layer.ts';
import type { StateSource } from './state-source.ts';
import {
  CURRENT,
  END_OF_ITEMS,
  checkItem,
  currentKey,
  decodeValue,
  placeOf,
  scanKey,
} from './state-records.ts';
import { StorageError } from './storage-error.ts';

export interface ReadRange {
  /** Inclusive. */
  readonly start: Key;
  /** Exclusive; `undefined`: the end of all keys. */
  readonly end: Key | undefined;
  readonly revision: number;
}

/** Returns false to end the reading. `value`: of the item's record. */
export type TakeItem = (key: Key, item: Item, value: Uint8Array) => boolean;

export type ReadDone = (error: Error | undefined, outcome: 'read' | 'compacted') => void;

/** Records that one step reads at most, and at least when few items are wanted. */
const MAX_STEP_RECORDS = 1000;
const MIN_STEP_RECORDS = 32;
const MAX_STEP_BYTES = 1024 * 1024;

/** Calls `take` for each key in the range that had an item at the revision, in order. */
export function readItems(
  source: () => StateSource,
  range: ReadRange,
  expected: number,
  take: TakeItem,
  done: ReadDone,
): void {
  const { start, revision } = range;
  const gte = scanKey(start, revision + 1);
  new ItemReader(source, range, stepRecords(expected), take, done).step(start, gte);
}

/** One record and a bit for each item that is wanted. */
function stepRecords(expected: number): number {
  return Math.min(MAX_STEP_RECORDS, Math.max(MIN_STEP_RECORDS, expected * 2));
}

/** A record of the database: the first of its key that was superseded above the revision. */
interface Candidate {
  readonly value: Uint8Array;
  readonly isCurrent: boolean;
}

class ItemReader {
  readonly #source: () => StateSource;
  readonly #range: ReadRange;
  readonly #stepRecords: number;
  readonly #take: TakeItem;
  readonly #done: ReadDone;

  constructor(
    source: () => StateSource,
    range: ReadRange,
    records: number,
    take: TakeItem,
    done: ReadDone,
  ) {
    this.#source = source;
    this.#range = range;
    this.#stepRecords = records;
    this.#take = take;
    this.#done = done;
  }

  /** Reads on from key `start`; of the database, from record `gte`, which belongs to it. */
  step(start: Key, gte: Uint8Array): void {
    const { database, oldestRevision, layers } = this.#source();
    if (this.#range.revision < oldestRevision) return this.#done(undefined, 'compacted');
    const { end } = this.#range;
    const lt = end === undefined ? END_OF_ITEMS : scanKey(end, 0);
    const scan = { gte, lt, limit: this.#stepRecords, maxBytes: MAX_STEP_BYTES };
    database.scan(scan, (error, entries, more) => {
      if (error !== undefined) return this.#done(error, 'read');
      if (this.#range.revision < this.#source().oldestRevision) {
        return this.#done(undefined, 'compacted');
      }
      this.#finishStep(start, layers, entries, more);
    });
  }

  #finishStep(
    start: Key,
    layers: readonly StateLayer[],
    entries: readonly Entry[],
    more: boolean,
  ): void {
    let ended: boolean;
    let next: Next | undefined;
    try {
      const found = this.#candidates(entries);
      next = more ? this.#next(entries, found) : undefined;
      ended = !this.#deliver(start, next?.start ?? this.#range.end, layers, found);
    } catch (error) {
      if (error instanceof StorageError) return this.#done(error, 'read');
      throw error;
    }
    if (ended || next === undefined) return this.#done(undefined, 'read');
    this.step(next.start, next.gte);
  }

  /** For each key the first record above the revision; the ones before it are history of history. */
  #candidates(entries: readonly Entry[]): Map<Key, Candidate> {
    const found = new Map<Key, Candidate>();
    for (const [recordKey, value] of entries) {
      const { key, supersededAt } = placeOf(recordKey);
      if (supersededAt <= this.#range.revision || found.has(key)) continue;
      found.set(key, { value, isCurrent: supersededAt === CURRENT });
    }
    return found;
  }

  /**
   * Where the next step begins. What is known to be of no use is jumped over: the older history
   * of the last key, or its younger history once its record is found.
   */
  #next(entries: readonly Entry[], found: ReadonlyMap<Key, Candidate>): Next | undefined {
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    const { key } = placeOf(last[0]);
    const start = found.has(key) ? keyAfter(key) : key;
    return { start, gte: scanKey(start, this.#range.revision + 1) };
  }

  /** The keys from `start` to before `end`. False once `take` wants no more. */
  #deliver(
    start: Key,
    end: Key | undefined,
    layers: readonly StateLayer[],
    found: ReadonlyMap<Key, Candidate>,
  ): boolean {
    const keys = new Set(found.keys());
    for (const layer of layers) for (const key of layer.keys(start, end)) keys.add(key);
    for (const key of [...keys].toSorted()) {
      const value = this.#valueAt(key, layers, found.get(key));
      const item = value === undefined ? undefined : decodeValue(value);
      if (value === undefined || item === undefined || item.revision > this.#range.revision)
        continue;
      if (!this.#take(key, item, value)) return false;
    }
    return true;
  }

  /** Superseded items in the database are older than any in the layers; its current one is not. */
  #valueAt(
    key: Key,
    layers: readonly StateLayer[],
    candidate: Candidate | undefined,
  ): Uint8Array | undefined {
    const { revision } = this.#range;
    const over = candidate?.isCurrent === false ? undefined : heldAfter(layers, key, revision);
    return over === undefined ? valueOf(key, candidate) : over.value;
  }
}

interface Next {
  readonly start: Key;
  readonly gte: Uint8Array;
}

function valueOf(key: Key, candidate: Candidate | undefined): Uint8Array | undefined {
  if (candidate !== undefined) checkItem(currentKey(key), key, candidate.value);
  return candidate?.value;
}
