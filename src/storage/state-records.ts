/**
 * The records of the state's database.
 *
 *   'h' revision              what one flush changed (change-list.ts)
 *   'i' key  0xff             the current item of a key
 *   'i' key  revision  check  an item that was superseded, or deleted, at that revision
 *   'j' ...                   the same, of keys of the system (kv/system-key.ts)
 *   'm'                       how far the state is (state-meta.ts)
 *   's'                       how far it is pulled, as long as it is no state (staging.ts)
 *
 * All records of a key stand together, by the revision that superseded them, the current one last.
 * So what a reader saw at revision r is, for each key, the first record whose revision is above r,
 * where its own item is not younger than r.
 *
 * A key's bytes are followed by 00 01, and a 00 within them by ff, so that keys keep their order
 * and none is taken for the beginning of another. A value begins with a CRC-32 of the key and the
 * content, which names the item's own revision. It is the same for a current item as for a
 * superseded one, so that it is made once; the check is a CRC-32 of the bytes before it.
 */
import { crc32 } from 'node:zlib';
import { decodeItem, encodeItem, type Item } from '../kv/item.ts';
import type { Key } from '../kv/key.ts';
import { isSystemKey, nameOf, systemKey } from '../kv/system-key.ts';
import { asBuffer, readUint64, UINT32_BYTES, UINT64_BYTES, writeUint64 } from './bytes.ts';
import type { Entry } from './database.ts';
import { DamagedStateError } from './storage-error.ts';

/** Where the record of a current item stands among those of its key: after every revision. */
export const CURRENT = Number.POSITIVE_INFINITY;

export interface ItemPlace {
  readonly key: Key;
  /** The revision that superseded the item, or `CURRENT`. */
  readonly supersededAt: number;
}

const HISTORY_TAG = 0x68;
const ITEM_TAG = 0x69;
const SYSTEM_TAG = 0x6a;
const META_TAG = 0x6d;
const PROGRESS_TAG = 0x73;

/** Above the first byte of every revision. */
const CURRENT_MARK = 0xff;
const END_OF_KEY = Buffer.of(0x00, 0x01);
const END_OF_KEY_BYTES = 2;
const CHECK_BYTES = UINT32_BYTES;

export const META_KEY: Buffer = Buffer.of(META_TAG);
export const PROGRESS_KEY: Buffer = Buffer.of(PROGRESS_TAG);
/** All that a snapshot is made of; the meta record is the last of it. */
export const FIRST_OF_STATE: Buffer = Buffer.of(HISTORY_TAG);
export const END_OF_STATE: Buffer = Buffer.of(META_TAG, 0);
export const FIRST_ITEM_KEY: Buffer = Buffer.of(ITEM_TAG);
/** Of items of clients. */
export const END_OF_ITEMS: Buffer = Buffer.of(ITEM_TAG + 1);
/** Of all items. */
export const END_OF_SYSTEM: Buffer = Buffer.of(SYSTEM_TAG + 1);
export const END_OF_HISTORY: Buffer = Buffer.of(HISTORY_TAG + 1);

export function historyListKey(revision: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + UINT64_BYTES);
  bytes[0] = HISTORY_TAG;
  writeUint64(bytes, revision, 1);
  return bytes;
}

/** The record of a key's current item. */
export function currentKey(key: Key): Buffer {
  const text = escaped(key);
  const bytes = Buffer.allocUnsafe(1 + text.length + END_OF_KEY_BYTES + 1);
  bytes[writeKey(bytes, key, text)] = CURRENT_MARK;
  return bytes;
}

/** The record of the item that `revision` superseded; `current`: as `currentKey` gives it. */
export function supersededKey(current: Buffer, revision: number): Buffer {
  const end = current.length - 1;
  const bytes = Buffer.allocUnsafe(end + UINT64_BYTES + CHECK_BYTES);
  current.copy(bytes, 0, 0, end);
  const at = writeUint64(bytes, revision, end);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, at)), at);
  return bytes;
}

/** Where a scan begins that wants what was superseded at the revision, or later. */
export function scanKey(key: Key, revision: number): Buffer {
  const text = escaped(key);
  const bytes = Buffer.allocUnsafe(1 + text.length + END_OF_KEY_BYTES + UINT64_BYTES);
  writeUint64(bytes, revision, writeKey(bytes, key, text));
  return bytes;
}

/** Throws a `DamagedStateError`. */
export function placeOf(recordKey: Uint8Array): ItemPlace {
  const bytes = asBuffer(recordKey);
  const end = bytes.indexOf(END_OF_KEY, 1);
  const text = bytes.toString('latin1', 1, Math.max(1, end));
  const name = text.includes('\0') ? text.replaceAll('\0\xff', '\0') : text;
  const key = bytes[0] === SYSTEM_TAG ? systemKey(name) : name;
  const at = end + END_OF_KEY_BYTES;
  const isCurrent = bytes.length === at + 1 && bytes[at] === CURRENT_MARK;
  if (end > 0 && isCurrent) return { key, supersededAt: CURRENT };
  const checkAt = at + UINT64_BYTES;
  const isWhole = end > 0 && bytes.length === checkAt + CHECK_BYTES;
  if (isWhole && crc32(bytes.subarray(0, checkAt)) === bytes.readUInt32BE(checkAt)) {
    return { key, supersededAt: readUint64(bytes, at) };
  }
  throw new DamagedStateError(`an item of key ${JSON.stringify(key)}`, 'its key is damaged');
}

/** The value of an item's records; `current`: as `currentKey` gives it. */
export function sealItem(current: Buffer, item: Item): Buffer {
  return sealRecord(current, encodeItem(item));
}

/** Of a value that was made or checked before. The item's bytes are a view of it. */
export function decodeValue(value: Uint8Array): Item {
  return decodeItem(value.subarray(CHECK_BYTES));
}

/** Throws a `DamagedStateError` where the value was not made for an item of this key. */
export function checkItem(current: Buffer, key: Key, value: Uint8Array): void {
  openRecord(current, value, `the item of key ${JSON.stringify(key)}`);
}

/** The value of a record: `content` behind its checksum. */
export function sealRecord(recordKey: Uint8Array, content: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(CHECK_BYTES + content.length);
  value.writeUInt32BE(crc32(content, crc32(recordKey)), 0);
  value.set(content, CHECK_BYTES);
  return value;
}

/** The content: a view of the value. Throws a `DamagedStateError`. */
export function openRecord(recordKey: Uint8Array, stored: Uint8Array, record: string): Buffer {
  const value = asBuffer(stored);
  const content = value.subarray(CHECK_BYTES);
  const isWhole = value.length >= CHECK_BYTES;
  if (!isWhole || crc32(content, crc32(recordKey)) !== value.readUInt32BE(0)) {
    throw new DamagedStateError(record, 'its checksum is wrong');
  }
  return content;
}

/** Of an item or a list of changes. Throws a `DamagedStateError`. */
export function checkStateRecord([recordKey, value]: Entry): void {
  if (recordKey[0] === HISTORY_TAG) {
    openRecord(recordKey, value, 'a list of changes');
  } else if (isItemTag(recordKey[0])) {
    const { key } = placeOf(recordKey);
    checkItem(currentKey(key), key, value);
  } else {
    throw new DamagedStateError('a record of the state', 'its key is that of no record');
  }
}

/** Of a record that was checked. */
export function isCurrentItem(recordKey: Uint8Array): boolean {
  return isItemTag(recordKey[0]) && placeOf(recordKey).supersededAt === CURRENT;
}

function isItemTag(tag: number | undefined): boolean {
  return tag === ITEM_TAG || tag === SYSTEM_TAG;
}

function escaped(key: Key): string {
  const name = nameOf(key);
  return name.includes('\0') ? name.replaceAll('\0', '\0\xff') : name;
}

function writeKey(bytes: Buffer, key: Key, text: string): number {
  bytes[0] = isSystemKey(key) ? SYSTEM_TAG : ITEM_TAG;
  const at = 1 + bytes.write(text, 1, 'latin1');
  return at + END_OF_KEY.copy(bytes, at);
}

/** Of the list of what one flush changed: its last revision; `undefined`: it is no such list. */
export function revisionOfList(recordKey: Uint8Array): number | undefined {
  return recordKey[0] === HISTORY_TAG ? readUint64(asBuffer(recordKey), 1) : undefined;
}
