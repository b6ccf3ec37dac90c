/**
 * The records of the state's database.
 *
 *   'h' revision        which superseded items one flush wrote, for their deletion (history.ts)
 *   'i' key  0xff       the current item of a key
 *   'i' key  revision   an item that was superseded, or deleted, at that revision
 *   'm'                 how far the state is (state-meta.ts)
 *
 * All records of a key stand together, by the revision that superseded them, the current one last.
 * So what a reader saw at revision r is, for each key, the first record whose revision is above r,
 * where its own item is not younger than r.
 *
 * A key's bytes are followed by 00 01, and a 00 within them by ff, so that keys keep their order
 * and none is taken for the beginning of another. A value begins with a CRC-32 of the record's key
 * and content: it binds key and revision.
 */
import { crc32 } from 'node:zlib';
import type { Key } from '../kv/key.ts';
import { asBuffer, readUint64, UINT32_BYTES, UINT64_BYTES, writeUint64 } from './bytes.ts';
import { DamagedRecordError } from './storage-error.ts';

/** Where the record of a current item stands among those of its key: after every revision. */
export const CURRENT = Number.POSITIVE_INFINITY;

export interface ItemPlace {
  readonly key: Key;
  /** The revision that superseded the item, or `CURRENT`. */
  readonly supersededAt: number;
}

const HISTORY_TAG = 0x68;
const ITEM_TAG = 0x69;
const META_TAG = 0x6d;

/** Above the first byte of every revision. */
const CURRENT_MARK = 0xff;
const END_OF_KEY_BYTES = 2;
const END_OF_KEY = 0x01;

export const META_KEY: Buffer = Buffer.of(META_TAG);
export const FIRST_ITEM_KEY: Buffer = Buffer.of(ITEM_TAG);
export const END_OF_ITEMS: Buffer = Buffer.of(ITEM_TAG + 1);
export const END_OF_HISTORY: Buffer = Buffer.of(HISTORY_TAG + 1);

export function historyListKey(revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + UINT64_BYTES);
  bytes[0] = HISTORY_TAG;
  writeUint64(bytes, revision, 1);
  return bytes;
}

export function currentKey(key: Key): Buffer {
  const text = escaped(key);
  const bytes = Buffer.allocUnsafe(1 + text.length + END_OF_KEY_BYTES + 1);
  bytes[writeKey(bytes, text)] = CURRENT_MARK;
  return bytes;
}

/** Where the item stands that `revision` superseded; with any revision, a place to scan from. */
export function supersededKey(key: Key, revision: number): Buffer {
  const text = escaped(key);
  const bytes = Buffer.allocUnsafe(1 + text.length + END_OF_KEY_BYTES + UINT64_BYTES);
  writeUint64(bytes, revision, writeKey(bytes, text));
  return bytes;
}

export function placeOf(recordKey: Uint8Array): ItemPlace {
  const bytes = asBuffer(recordKey);
  const end = bytes.indexOf(Buffer.of(0, END_OF_KEY), 1);
  if (end < 0) throw new DamagedRecordError('an item', 'its key has no end');
  const text = bytes.toString('latin1', 1, end);
  const key = text.includes('\0') ? text.replaceAll('\0\xff', '\0') : text;
  const at = end + END_OF_KEY_BYTES;
  return { key, supersededAt: bytes[at] === CURRENT_MARK ? CURRENT : readUint64(bytes, at) };
}

/** The value of a record: `content` behind its checksum. */
export function sealRecord(recordKey: Uint8Array, content: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(UINT32_BYTES + content.length);
  value.writeUInt32BE(crc32(content, crc32(recordKey)), 0);
  value.set(content, UINT32_BYTES);
  return value;
}

/** The content: a view of the value. Throws a `DamagedRecordError`. */
export function openRecord(recordKey: Uint8Array, stored: Uint8Array, record: string): Buffer {
  const value = asBuffer(stored);
  const content = value.subarray(UINT32_BYTES);
  const isWhole = value.length >= UINT32_BYTES;
  if (!isWhole || crc32(content, crc32(recordKey)) !== value.readUInt32BE(0)) {
    throw new DamagedRecordError(record, 'its checksum is wrong');
  }
  return content;
}

function escaped(key: Key): string {
  return key.includes('\0') ? key.replaceAll('\0', '\0\xff') : key;
}

function writeKey(bytes: Buffer, text: string): number {
  bytes[0] = ITEM_TAG;
  const at = 1 + bytes.write(text, 1, 'latin1');
  bytes[at] = 0;
  bytes[at + 1] = END_OF_KEY;
  return at + END_OF_KEY_BYTES;
}
