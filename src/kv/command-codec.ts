/**
 * The bytes of a client's command inside the log:
 *
 *   format (1 byte)  id (16 bytes)  [once: key  hash (32 bytes)]  [fence: name  number]
 *   shape (1 byte)  key  [revisions of ifMatch]  [revisions of ifNoneMatch]
 *   put: contentType  [lifetime]  value (up to the end)  increment: by (increment.ts)
 *
 *   format: 1, and 1 more where the request may come again (once.ts), 2 more where it bears a fence
 *   shape: bits 0-1 the operation, bit 2 prev, bits 3-4 ifMatch, bits 5-6 ifNoneMatch, bit 7 lifetime;
 *   a transaction, and what is ordered of leases and locks, are shapes of their own, with what
 *   transaction-codec.ts and lease-codec.ts say behind them
 *
 * where numbers and strings are written as in bytes.ts, and revisions have their number before
 * them. Every operation has one form only: two replicas never differ about its bytes.
 */
import { ByteCounter, ByteReader, type ByteSink, ByteWriter } from './bytes.ts';
import { readCommandId, writeCommandId } from './command-id.ts';
import { readIncrement, writeIncrement } from './increment.ts';
import { MAX_CONTENT_TYPE_BYTES } from './item.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from './key.ts';
import {
  isLeaseOperation,
  readFence,
  readLeaseOperation,
  writeFence,
  writeLeaseOperation,
} from './lease-codec.ts';
import type { Fence } from './lease.ts';
import { type LifetimeWish, readWish, writeWish } from './lifetime.ts';
import { HASH_BYTES, MAX_ONCE_KEY_BYTES, type Once } from './once.ts';
import type { ClientCommand, Condition, Delete, Operation, Put, Revisions } from './operation.ts';
import { readTransaction, writeTransaction } from './transaction-codec.ts';
import { unreachable } from './unreachable.ts';

const FORMAT = 1;
const ONCE_UNIT = 1;
const FENCE_UNIT = 2;
const UNUSED_FORMATS = 5;
const INCREMENT = 0;
const PUT = 1;
const DELETE = 2;
const DELETE_RANGE = 3;
const PREV = 4;
/** A range has no `prev`, and no condition. */
const TRANSACTION = DELETE_RANGE + PREV;
const IF_MATCH_UNIT = 8;
const LEASE_OR_LOCK = DELETE_RANGE + IF_MATCH_UNIT;
const IF_NONE_MATCH_UNIT = 32;
const LIFETIME = 128;
const NO_REVISIONS = 0;
const ANY_REVISION = 1;
const LISTED_REVISIONS = 2;

/** Throws where the command is none that `decodeCommand` would take. */
export function encodeCommand(command: ClientCommand): Uint8Array {
  const counter = new ByteCounter();
  writeCommand(counter, command);
  const writer = new ByteWriter(counter.length);
  writeCommand(writer, command);
  return writer.finish();
}

function writeCommand(sink: ByteSink, { fence, id, once, operation }: ClientCommand): void {
  const units = (once === undefined ? 0 : ONCE_UNIT) + (fence === undefined ? 0 : FENCE_UNIT);
  sink.writeByte(FORMAT + units);
  writeCommandId(sink, id);
  if (once !== undefined) writeOnce(sink, once);
  if (fence !== undefined) writeFence(sink, fence);
  const problem = fenceProblem(operation, fence);
  if (problem !== undefined) throw new Error(problem);
  sink.writeByte(shapeOf(operation));
  writeOperation(sink, operation);
}

/** Who renews a lock or gives it back says that it is theirs. */
function fenceProblem(operation: Operation, fence: Fence | undefined): string | undefined {
  if (operation.type !== 'lockRenew' && operation.type !== 'lockRelease') return undefined;
  return fence?.name === operation.name ? undefined : 'a lock without its fence';
}

function writeOperation(sink: ByteSink, operation: Operation): void {
  if (operation.type === 'deleteRange') return writeKey(sink, operation.prefix, 0);
  if (operation.type === 'transaction') return writeTransaction(sink, operation);
  if (isLeaseOperation(operation)) return writeLeaseOperation(sink, operation);
  writeKey(sink, operation.key, MIN_KEY_BYTES);
  writeRevisions(sink, operation.condition?.ifMatch);
  writeRevisions(sink, operation.condition?.ifNoneMatch);
  if (operation.type === 'put') {
    writeContentType(sink, operation.contentType);
    if (operation.lifetime !== undefined) writeWish(sink, operation.lifetime);
    sink.writeBytes(operation.value);
  } else if (operation.type === 'increment') {
    writeIncrement(sink, operation.by);
  }
}

/** Throws where the bytes are malformed. A put's value is a view of the bytes, not a copy. */
export function decodeCommand(bytes: Uint8Array): ClientCommand {
  const reader = new ByteReader(bytes, 'command');
  const format = reader.readByte();
  const units = format - FORMAT;
  if (units < 0 || format >= UNUSED_FORMATS) reader.refuse(`unknown format ${format}`);
  const id = readCommandId(reader);
  const once = units % FENCE_UNIT === ONCE_UNIT ? { once: readOnce(reader) } : {};
  const fence = units >= FENCE_UNIT ? { fence: readFence(reader) } : {};
  const operation = readOperation(reader, reader.readByte());
  reader.finish();
  const problem = fenceProblem(operation, fence.fence);
  return problem === undefined ? { id, operation, ...once, ...fence } : reader.refuse(problem);
}

function writeOnce(sink: ByteSink, { hash, key }: Once): void {
  const isRight = key.length > 0 && key.length <= MAX_ONCE_KEY_BYTES && hash.length === HASH_BYTES;
  if (!isRight) throw new Error(`a key of ${key.length} bytes, a hash of ${hash.length}`);
  sink.writeString(key);
  sink.writeBytes(hash);
}

function readOnce(reader: ByteReader): Once {
  const key = reader.readString(MAX_ONCE_KEY_BYTES);
  if (key.length === 0) reader.refuse('an empty key of a request');
  return { key, hash: reader.readBytes(HASH_BYTES) };
}

function shapeOf(operation: Operation): number {
  if (isLeaseOperation(operation)) return LEASE_OR_LOCK;
  switch (operation.type) {
    case 'put':
      return PUT + guardedShape(operation) + (operation.lifetime === undefined ? 0 : LIFETIME);
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

function writeKey(sink: ByteSink, key: Key, minBytes: number): void {
  if (key.length < minBytes || key.length > MAX_KEY_BYTES) {
    throw new Error(`a key of ${key.length} bytes`);
  }
  sink.writeString(key);
}

function writeContentType(sink: ByteSink, contentType: string): void {
  if (contentType.length > MAX_CONTENT_TYPE_BYTES) {
    throw new Error(`a content type of ${contentType.length} bytes`);
  }
  sink.writeString(contentType);
}

function writeRevisions(sink: ByteSink, revisions: Revisions | undefined): void {
  if (revisions === undefined || revisions === '*') return;
  sink.writeCount(revisions.length);
  for (const revision of revisions) sink.writeCount(revision);
}

function readOperation(reader: ByteReader, shape: number): Operation {
  if (shape === TRANSACTION) return readTransaction(reader);
  if (shape === LEASE_OR_LOCK) return readLeaseOperation(reader);
  const key = reader.readString(MAX_KEY_BYTES);
  if (shape === DELETE_RANGE) return { type: 'deleteRange', prefix: key };
  const kind = shape % PREV;
  const isMortal = shape >= LIFETIME;
  const isUnused = kind === DELETE_RANGE || (isMortal && kind !== PUT);
  if (isUnused) reader.refuse(`unknown shape ${shape}`);
  if (key.length < MIN_KEY_BYTES) reader.refuse('an empty key');
  const prev = shape % IF_MATCH_UNIT >= PREV;
  const ifMatch = readRevisions(reader, Math.floor(shape / IF_MATCH_UNIT) % 4);
  const ifNoneMatch = readRevisions(reader, Math.floor(shape / IF_NONE_MATCH_UNIT) % 4);
  const condition = conditionOf(ifMatch, ifNoneMatch);
  if (kind === DELETE) return { type: 'delete', key, prev, ...condition };
  if (kind === INCREMENT) {
    if (prev) return reader.refuse(`unknown shape ${shape}`);
    return { type: 'increment', key, by: readIncrement(reader), ...condition };
  }
  const contentType = reader.readString(MAX_CONTENT_TYPE_BYTES);
  const lifetime: { lifetime?: LifetimeWish } = isMortal ? { lifetime: readWish(reader) } : {};
  const value = reader.readBytes(reader.remaining);
  return { type: 'put', key, value, contentType, prev, ...lifetime, ...condition };
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
