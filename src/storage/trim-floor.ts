/**
 * The trim floor: slots up to it are gone from the log, as are the chain records behind which they
 * stood. It is a record of its own,
 *
 *   'F'   the epoch and the slot, and the last chain record that goes away: its sequence and checksum
 *
 * written with an ordinary batch, so that it costs no sync, and before anything is deleted. The walk
 * of the chain ends at it: the first record that is left follows the one that it names. Every chain
 * record tells the floor too, so that a floor that is missing shows.
 *
 * Keys go up with time, from epoch to epoch. So what goes away is all that stands before one key:
 * of the floor's epoch the slots up to it, and every earlier epoch whole. What one of those still
 * held above the floor is void.
 */
import type { Slot } from '../paxos/command.ts';
import type { Epoch } from '../paxos/membership.ts';
import { readUint64, UINT32_BYTES, UINT64_BYTES, writeUint64 } from './bytes.ts';
import { decodeChainRecord, NO_PREVIOUS } from './chain-record.ts';
import type { Database, Entry } from './database.ts';
import {
  CHECKSUM_BYTES,
  epochOfKey,
  isChainKey,
  type LogSeal,
  slotKey,
  slotOfKey,
} from './log-codec.ts';
import { DamagedRecordError, StorageError } from './storage-error.ts';

/** A place in the chain at which the log can be cut: all that is behind `slot` has no part of it. */
export interface TrimFloor {
  readonly epoch: Epoch;
  readonly slot: Slot;
  /** Of the last chain record that goes away; 0: none has. */
  readonly sequence: number;
  readonly checksum: Buffer;
  /** What the log had been given up to there, as its chain record tells. */
  readonly totalBytes: number;
  /** The highest stamp up to there, in cluster time. */
  readonly timeMs: number;
}

export const NO_FLOOR: TrimFloor = {
  epoch: 0,
  slot: 0,
  sequence: 0,
  checksum: NO_PREVIOUS,
  totalBytes: 0,
  timeMs: 0,
};

const FLOOR_TAG = 0x46;
const FLOOR_BYTES = CHECKSUM_BYTES + UINT32_BYTES + 3 * UINT64_BYTES + 8 + CHECKSUM_BYTES;
const NAME = 'the trim floor';

export function floorKey(): Buffer {
  return Buffer.of(FLOOR_TAG);
}

/** Of every later epoch, nothing is. */
export function isGone(floor: TrimFloor, epoch: Epoch, slot: Slot): boolean {
  return epoch < floor.epoch || slot <= floor.slot;
}

export function encodeFloor(seal: LogSeal, key: Buffer, floor: TrimFloor): Buffer {
  return seal.seal(key, FLOOR_BYTES, (value) => {
    let at = value.writeUInt32BE(floor.epoch, CHECKSUM_BYTES);
    at = writeUint64(value, floor.slot, at);
    at = writeUint64(value, floor.sequence, at);
    at = writeUint64(value, floor.totalBytes, at);
    at = value.writeDoubleBE(floor.timeMs, at);
    floor.checksum.copy(value, at);
  });
}

/** Throws a `DamagedRecordError`. */
export function decodeFloor(seal: LogSeal, key: Buffer, stored: Uint8Array): TrimFloor {
  const value = seal.check(key, stored, NAME);
  if (value.length !== FLOOR_BYTES) throw new DamagedRecordError(NAME, 'its length is wrong');
  const at = CHECKSUM_BYTES + UINT32_BYTES;
  return {
    epoch: value.readUInt32BE(CHECKSUM_BYTES),
    slot: readUint64(value, at),
    sequence: readUint64(value, at + UINT64_BYTES),
    totalBytes: readUint64(value, at + 2 * UINT64_BYTES),
    timeMs: value.readDoubleBE(at + 3 * UINT64_BYTES),
    checksum: Buffer.from(value.subarray(FLOOR_BYTES - CHECKSUM_BYTES)),
  };
}

/** A page of the way back to a chain record: as a rule one stands behind each slot. */
const PAGE_ENTRIES = 16;
const PAGE_BYTES = 256 * 1024;

export interface FloorSearch {
  readonly database: Database;
  readonly seal: LogSeal;
  readonly epoch: Epoch;
  /** The floor that is looked for is above this slot... */
  readonly above: Slot;
  /** ...and at this one or below; the log holds a higher one. */
  readonly upTo: Slot;
  /** Whether the log may be cut there; where it may, it may be at every lower place. */
  readonly isFit: (place: TrimFloor) => boolean;
}

export type FloorFound = (error: Error | undefined, floor?: TrimFloor) => void;

/** The highest place that is fit, by halving; `undefined`: there is none. */
export function findFloor(search: FloorSearch, done: FloorFound, best?: TrimFloor): void {
  const { above, isFit, upTo } = search;
  if (above >= upTo) return done(undefined, best);
  const middle = Math.ceil((above + upTo) / 2);
  const lt = slotKey(search.epoch, middle + 1);
  placeBefore(search, lt, (error, place) => {
    if (error !== undefined) done(error);
    else if (place === undefined) findFloor({ ...search, above: middle }, done, best);
    else if (isFit(place)) findFloor({ ...search, above: middle }, done, place);
    else findFloor({ ...search, upTo: place.slot - 1 }, done, best);
  });
}

/** The last chain record before the key, above the search's lower end. */
function placeBefore(search: FloorSearch, lt: Uint8Array, done: FloorFound): void {
  const { above, database, epoch } = search;
  const gte = slotKey(epoch, above + 1);
  const page = { gte, lt, limit: PAGE_ENTRIES, maxBytes: PAGE_BYTES, reverse: true };
  database.scan(page, (error, entries, more) => {
    if (error !== undefined) return done(error);
    const place = firstPlace(search.seal, entries);
    if (place instanceof StorageError) return done(place);
    const last = entries.at(-1);
    if (place !== undefined || !more || last === undefined) return done(undefined, place);
    placeBefore(search, last[0], done);
  });
}

function firstPlace(
  seal: LogSeal,
  entries: readonly Entry[],
): TrimFloor | StorageError | undefined {
  const [key, value] = entries.find((entry) => isChainKey(entry[0])) ?? [];
  if (key === undefined || value === undefined) return undefined;
  try {
    const { record, checksum } = decodeChainRecord(seal, key, value);
    const { sequence, timeMs, totalBytes } = record;
    return {
      epoch: epochOfKey(key),
      slot: slotOfKey(key),
      sequence,
      checksum: Buffer.from(checksum),
      totalBytes,
      timeMs,
    };
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
