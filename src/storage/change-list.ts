/**
 * What one flush changed, as one record: for each changed key of each revision, in their order, where the
 * superseded item stands and how long it is. From these lists history is deleted again (history.ts), and
 * who watches is told what happened (change-reader.ts).
 *
 *   cluster time of the flush (8 bytes)
 *   for each change: revision (8)  length of the superseded item (4)  shape (1)  key's length (2)  key
 *
 *   shape: bit 0 the key had an item before, bit 1 it has none now, bit 2 it is one of the system,
 *   bit 3 its time was up
 */
import type { Key } from '../kv/key.ts';
import { isSystemKey, nameOf, systemKey } from '../kv/system-key.ts';
import { readUint64, UINT32_BYTES, UINT64_BYTES, writeUint64 } from './bytes.ts';
import type { DatabaseWrite } from './database.ts';
import { historyListKey, openRecord, sealRecord } from './state-records.ts';

/** What became of one key at one revision. */
export interface Change {
  readonly revision: number;
  readonly key: Key;
  /** Bytes of the record of the item that was superseded; `undefined`: there was none. */
  readonly superseded: number | undefined;
  readonly isDeleted: boolean;
  /** Deleted because its time was up. */
  readonly isExpired: boolean;
}

export interface ChangeList {
  /** Cluster time of the flush: nothing in the list happened later. */
  readonly timeMs: number;
  readonly changes: readonly Change[];
}

const TIME_BYTES = 8;
const SHAPE_BYTES = 1;
const KEY_LENGTH_BYTES = 2;
const CHANGE_BYTES = UINT64_BYTES + UINT32_BYTES + SHAPE_BYTES + KEY_LENGTH_BYTES;
const SUPERSEDES = 1;
const DELETES = 2;
const SYSTEM = 4;
const EXPIRES = 8;

/** `revision`: the last of the flush. */
export function changeListWrite(revision: number, list: ChangeList): DatabaseWrite {
  const key = historyListKey(revision);
  return { key, value: sealRecord(key, encode(list)) };
}

function encode({ changes, timeMs }: ChangeList): Buffer {
  let length = TIME_BYTES;
  for (const { key } of changes) length += CHANGE_BYTES + nameOf(key).length;
  const bytes = Buffer.allocUnsafe(length);
  let at = bytes.writeDoubleBE(timeMs, 0);
  for (const { isDeleted, isExpired, key, revision, superseded } of changes) {
    at = writeUint64(bytes, revision, at);
    at = bytes.writeUInt32BE(superseded ?? 0, at);
    const name = nameOf(key);
    const shape = (superseded === undefined ? 0 : SUPERSEDES) + (isDeleted ? DELETES : 0);
    const kind = (isSystemKey(key) ? SYSTEM : 0) + (isExpired ? EXPIRES : 0);
    at = bytes.writeUInt8(shape + kind, at);
    at = bytes.writeUInt16BE(name.length, at);
    at += bytes.write(name, at, 'latin1');
  }
  return bytes;
}

/** A list whose changes are decoded one after the other. Throws a `DamagedStateError`. */
export class OpenList {
  readonly recordKey: Uint8Array;
  readonly timeMs: number;
  readonly #content: Buffer;
  #at = TIME_BYTES;

  constructor(recordKey: Uint8Array, value: Uint8Array) {
    this.recordKey = recordKey;
    this.#content = openRecord(recordKey, value, 'a list of changes');
    this.timeMs = this.#content.readDoubleBE(0);
  }

  /** Of the change that comes next; `undefined`: there is none. */
  get nextRevision(): number | undefined {
    return this.#at < this.#content.length ? readUint64(this.#content, this.#at) : undefined;
  }

  take(): Change {
    const content = this.#content;
    const revision = readUint64(content, this.#at);
    const lengthAt = this.#at + UINT64_BYTES;
    const shapeAt = lengthAt + UINT32_BYTES;
    const keyAt = shapeAt + SHAPE_BYTES + KEY_LENGTH_BYTES;
    const end = keyAt + content.readUInt16BE(keyAt - KEY_LENGTH_BYTES);
    this.#at = end;
    const shape = content.readUInt8(shapeAt);
    const superseded = (shape & SUPERSEDES) === 0 ? undefined : content.readUInt32BE(lengthAt);
    const isDeleted = (shape & DELETES) !== 0;
    const name = content.toString('latin1', keyAt, end);
    const key = (shape & SYSTEM) === 0 ? name : systemKey(name);
    const isExpired = (shape & EXPIRES) !== 0;
    return { revision, key, superseded, isDeleted, isExpired };
  }

  /** Passes over those of earlier revisions. */
  skipBelow(revision: number): void {
    while ((this.nextRevision ?? revision) < revision) this.take();
  }
}
