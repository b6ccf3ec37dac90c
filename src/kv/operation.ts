/**
 * What a client wishes, and its bytes inside the log:
 *
 *   format (1 byte)  id (16 bytes)  [once: key  hash (32 bytes)]
 *   shape (1 byte)  key  [revisions of ifMatch]
 *   [revisions of ifNoneMatch]  put: contentType  value (up to the end)  increment: by (increment.ts)
 *
 *   format: 2 where the request may come again (once.ts), else 1
 *   shape: bits 0-1 the operation, bit 2 prev, bits 3-4 ifMatch, bits 5-6 ifNoneMatch; a transaction
 *   is a shape of its own, with what transaction-codec.ts says behind it
 *
 * where numbers and strings are written as in bytes.ts, and revisions have their number before
 * them. Every operation has one form only: two replicas never differ about its bytes.
 */
import { ByteReader, ByteWriter, countLength, stringLength } from './bytes.ts';
import { readCommandId, writeCommandId, COMMAND_ID_BYTES, type CommandId } from './command-id.ts';
import { incrementLength, readIncrement, writeIncrement } from './increment.ts';
import { MAX_CONTENT_TYPE_BYTES } from './item.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from './key.ts';
import { HASH_BYTES, MAX_ONCE_KEY_BYTES, type Once } from './once.ts';
import { readTransaction, transactionLength, writeTransaction } from './transaction-codec.ts';
import type { Transaction } from './transaction.ts';
import { unreachable } from './unreachable.ts';

/** `'*'` stands for any revision: that the key exists. */
export type Revisions = '*' | readonly number[];

/** RFC 9110, 13.1.1 and 13.1.2, on the key's revision. Where both are given, both must hold. */
export interface Condition {
  /** The key exists, in one of these revisions. */
  readonly ifMatch?: Revisions;
  /** The key is absent, or in none of these revisions. */
  readonly ifNoneMatch?: Revisions;
}

export interface Put {
  readonly type: 'put';
  readonly key: Key;
  readonly value: Uint8Array;
  readonly contentType: string;
  readonly condition?: Condition;
  /** Whether the answer is to carry what the key had before. */
  readonly prev: boolean;
}

export interface Delete {
  readonly type: 'delete';
  readonly key: Key;
  readonly condition?: Condition;
  readonly prev: boolean;
}

/** Deletes all keys with the prefix; the empty prefix is that of all keys. */
export interface DeleteRange {
  readonly type: 'deleteRange';
  readonly prefix: Key;
}

/** Adds to the number that the key's value is; a key that is absent counts as 0. */
export interface Increment {
  readonly type: 'increment';
  readonly key: Key;
  readonly by: number;
  readonly condition?: Condition;
}

export type Operation = Put | Delete | DeleteRange | Increment | Transaction;

/** Whether it may add to what is stored: what is refused where the disks are full. */
export function grows(operation: Operation): boolean {
  switch (operation.type) {
    case 'put':
    case 'increment':
      return true;
    case 'delete':
    case 'deleteRange':
      return false;
    case 'transaction':
      return [...operation.whenMet, ...(operation.otherwise ?? [])].some(
        ({ type }) => type === 'put' || type === 'increment',
      );
    default:
      return unreachable(operation);
  }
}

export interface ClientCommand {
  readonly id: CommandId;
  readonly operation: Operation;
  /** Of a request that may come again. */
  readonly once?: Once | undefined;
}

const FORMAT = 1;
const ONCE_FORMAT = 2;
const INCREMENT = 0;
const PUT = 1;
const DELETE = 2;
const DELETE_RANGE = 3;
const PREV = 4;
/** A range has no `prev`. */
const TRANSACTION = DELETE_RANGE + PREV;
const IF_MATCH_UNIT = 8;
const IF_NONE_MATCH_UNIT = 32;
const NO_REVISIONS = 0;
const ANY_REVISION = 1;
const LISTED_REVISIONS = 2;
const UNUSED_SHAPES = 128;

const HEADER_BYTES = 1 + COMMAND_ID_BYTES + 1;

/** Throws where the command is none that `decodeCommand` would take. */
export function encodeCommand(command: ClientCommand): Uint8Array {
  const { once, operation } = command;
  const onceBytes = once === undefined ? 0 : stringLength(once.key) + HASH_BYTES;
  const writer = new ByteWriter(HEADER_BYTES + onceBytes + operationLength(operation));
  writer.writeByte(once === undefined ? FORMAT : ONCE_FORMAT);
  writeCommandId(writer, command.id);
  if (once !== undefined) writeOnce(writer, once);
  writer.writeByte(shapeOf(operation));
  writeOperation(writer, operation);
  return writer.finish();
}

function writeOperation(writer: ByteWriter, operation: Operation): void {
  if (operation.type === 'deleteRange') return writeKey(writer, operation.prefix, 0);
  if (operation.type === 'transaction') return writeTransaction(writer, operation);
  writeKey(writer, operation.key, MIN_KEY_BYTES);
  writeRevisions(writer, operation.condition?.ifMatch);
  writeRevisions(writer, operation.condition?.ifNoneMatch);
  if (operation.type === 'put') {
    writeContentType(writer, operation.contentType);
    writer.writeBytes(operation.value);
  } else if (operation.type === 'increment') {
    writeIncrement(writer, operation.by);
  }
}

/** Throws where the bytes are malformed. A put's value is a view of the bytes, not a copy. */
export function decodeCommand(bytes: Uint8Array): ClientCommand {
  const reader = new ByteReader(bytes, 'command');
  const format = reader.readByte();
  if (format !== FORMAT && format !== ONCE_FORMAT) reader.refuse(`unknown format ${format}`);
  const id = readCommandId(reader);
  const once = format === ONCE_FORMAT ? { once: readOnce(reader) } : {};
  const operation = readOperation(reader, reader.readByte());
  reader.finish();
  return { id, operation, ...once };
}

function writeOnce(writer: ByteWriter, { hash, key }: Once): void {
  const isRight = key.length > 0 && key.length <= MAX_ONCE_KEY_BYTES && hash.length === HASH_BYTES;
  if (!isRight) throw new Error(`a key of ${key.length} bytes, a hash of ${hash.length}`);
  writer.writeString(key);
  writer.writeBytes(hash);
}

function readOnce(reader: ByteReader): Once {
  const key = reader.readString(MAX_ONCE_KEY_BYTES);
  if (key.length === 0) reader.refuse('an empty key of a request');
  return { key, hash: reader.readBytes(HASH_BYTES) };
}

function operationLength(operation: Operation): number {
  if (operation.type === 'deleteRange') return stringLength(operation.prefix);
  if (operation.type === 'transaction') return transactionLength(operation);
  const length =
    stringLength(operation.key) +
    revisionsLength(operation.condition?.ifMatch) +
    revisionsLength(operation.condition?.ifNoneMatch);
  if (operation.type === 'delete') return length;
  if (operation.type === 'increment') return length + incrementLength(operation.by);
  return length + stringLength(operation.contentType) + operation.value.length;
}

function shapeOf(operation: Operation): number {
  switch (operation.type) {
    case 'put':
      return PUT + guardedShape(operation);
    case 'delete':
      return DELETE + guardedShape(operation);
    case 'increment':
      return INCREMENT + conditionShape(operation.condition);
    case 'deleteRange':
      return DELETE_RANGE;
    case 'transaction':
      return TRANSACTION;
    default:
      return unreachable(operation);
  }
}

function guardedShape(operation: Put | Delete): number {
  return (operation.prev ? PREV : 0) + conditionShape(operation.condition);
}

function conditionShape(condition: Condition = {}): number {
  return (
    IF_MATCH_UNIT * revisionsShape(condition.ifMatch) +
    IF_NONE_MATCH_UNIT * revisionsShape(condition.ifNoneMatch)
  );
}

function revisionsShape(revisions: Revisions | undefined): number {
  if (revisions === undefined) return NO_REVISIONS;
  return revisions === '*' ? ANY_REVISION : LISTED_REVISIONS;
}

function revisionsLength(revisions: Revisions | undefined): number {
  if (revisions === undefined || revisions === '*') return 0;
  let length = countLength(revisions.length);
  for (const revision of revisions) length += countLength(revision);
  return length;
}

function writeKey(writer: ByteWriter, key: Key, minBytes: number): void {
  if (key.length < minBytes || key.length > MAX_KEY_BYTES) {
    throw new Error(`a key of ${key.length} bytes`);
  }
  writer.writeString(key);
}

function writeContentType(writer: ByteWriter, contentType: string): void {
  if (contentType.length > MAX_CONTENT_TYPE_BYTES) {
    throw new Error(`a content type of ${contentType.length} bytes`);
  }
  writer.writeString(contentType);
}

function writeRevisions(writer: ByteWriter, revisions: Revisions | undefined): void {
  if (revisions === undefined || revisions === '*') return;
  writer.writeCount(revisions.length);
  for (const revision of revisions) writer.writeCount(revision);
}

function readOperation(reader: ByteReader, shape: number): Operation {
  if (shape === TRANSACTION) return readTransaction(reader);
  const key = reader.readString(MAX_KEY_BYTES);
  if (shape === DELETE_RANGE) return { type: 'deleteRange', prefix: key };
  const kind = shape % PREV;
  if (kind === DELETE_RANGE || shape >= UNUSED_SHAPES) reader.refuse(`unknown shape ${shape}`);
  if (key.length < MIN_KEY_BYTES) reader.refuse('an empty key');
  const prev = shape % IF_MATCH_UNIT >= PREV;
  const ifMatch = readRevisions(reader, Math.floor(shape / IF_MATCH_UNIT) % 4);
  const ifNoneMatch = readRevisions(reader, Math.floor(shape / IF_NONE_MATCH_UNIT));
  const condition = conditionOf(ifMatch, ifNoneMatch);
  if (kind === DELETE) return { type: 'delete', key, prev, ...condition };
  if (kind === INCREMENT) {
    if (prev) return reader.refuse(`unknown shape ${shape}`);
    return { type: 'increment', key, by: readIncrement(reader), ...condition };
  }
  const contentType = reader.readString(MAX_CONTENT_TYPE_BYTES);
  const value = reader.readBytes(reader.remaining);
  return { type: 'put', key, value, contentType, prev, ...condition };
}

/** The list grows as it is read: its stated length alone makes nothing. */
function readRevisions(reader: ByteReader, shape: number): Revisions | undefined {
  if (shape === NO_REVISIONS) return undefined;
  if (shape === ANY_REVISION) return '*';
  if (shape !== LISTED_REVISIONS) return reader.refuse('unknown revisions');
  const revisions: number[] = [];
  for (let left = reader.readCount(); left > 0; left -= 1) revisions.push(reader.readCount());
  return revisions;
}

function conditionOf(
  ifMatch: Revisions | undefined,
  ifNoneMatch: Revisions | undefined,
): { readonly condition?: Condition } {
  if (ifMatch === undefined && ifNoneMatch === undefined) return {};
  const first = ifMatch === undefined ? {} : { ifMatch };
  const second = ifNoneMatch === undefined ? {} : { ifNoneMatch };
  return { condition: { ...first, ...second } };
}
