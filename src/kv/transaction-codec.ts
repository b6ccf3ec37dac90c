/**
 * The bytes of a transaction, within those of its command (operation.ts):
 *
 *   guards: number, then each   whenMet: number, then each   otherwise: 0, or 1, number, then each
 *
 *   guard    type (bits 0-1), comparison (bits 2-3)  key  operand
 *   action   type (1 byte)  key, prefix or start  what that type has
 *
 * Numbers and strings are written as in bytes.ts; bytes have their length before them.
 */
import type { ByteReader, ByteSink } from './bytes.ts';
import { readIncrement, writeIncrement } from './increment.ts';
import { MAX_CONTENT_TYPE_BYTES } from './item.ts';
import { MAX_KEY_BYTES, MIN_KEY_BYTES, type Key } from './key.ts';
import { readWish, writeWish } from './lifetime.ts';
import {
  type Action,
  type Comparison,
  countRanges,
  type Guard,
  type List,
  MAX_LISTED_ITEMS,
  MAX_TRANSACTION_PARTS,
  MAX_TRANSACTION_RANGES,
  type PutAction,
  type Transaction,
} from './transaction.ts';
import { unreachable } from './unreachable.ts';

const GUARDS = ['revision', 'version', 'value', 'exists'] as const;
const COMPARISONS: readonly Comparison[] = ['=', '!=', '<', '>'];
const COMPARISON_UNIT = 4;
const UNUSED_GUARDS = 16;
const ACTIONS = ['put', 'delete', 'deletePrefix', 'get', 'list', 'increment'] as const;
const NONE = 0;
const SOME = 1;

/** Throws where it is none that `readTransaction` would take. */
export function writeTransaction(sink: ByteSink, transaction: Transaction): void {
  const { guards, otherwise, whenMet } = transaction;
  const problem = problemOf(transaction);
  if (problem !== undefined) throw new Error(`a transaction of ${problem}`);
  writeParts(sink, guards, writeGuard);
  writeParts(sink, whenMet, writeAction);
  sink.writeByte(otherwise === undefined ? NONE : SOME);
  if (otherwise !== undefined) writeParts(sink, otherwise, writeAction);
}

export function readTransaction(reader: ByteReader): Transaction {
  const guards = readParts(reader, readGuard);
  const whenMet = readParts(reader, readAction);
  const isThere = readFlag(reader);
  const last = isThere ? { otherwise: readParts(reader, readAction) } : {};
  const transaction = { type: 'transaction', guards, whenMet, ...last } as const;
  const problem = problemOf(transaction);
  return problem === undefined ? transaction : reader.refuse(problem);
}

function problemOf(transaction: Transaction): string | undefined {
  const { guards, otherwise = [], whenMet } = transaction;
  const parts = guards.length + whenMet.length + otherwise.length;
  if (parts > MAX_TRANSACTION_PARTS) return `${parts} guards and actions`;
  const ranges = countRanges(transaction);
  return ranges > MAX_TRANSACTION_RANGES ? `${ranges} ranges` : undefined;
}

function writeParts<Part>(
  sink: ByteSink,
  parts: readonly Part[],
  write: (sink: ByteSink, part: Part) => void,
): void {
  sink.writeCount(parts.length);
  for (const part of parts) write(sink, part);
}

/** The list grows as it is read: its stated length alone makes nothing. */
function readParts<Part>(reader: ByteReader, read: (reader: ByteReader) => Part): Part[] {
  const parts: Part[] = [];
  const length = reader.readCount();
  if (length > MAX_TRANSACTION_PARTS) return reader.refuse('too many guards or actions');
  while (parts.length < length) parts.push(read(reader));
  return parts;
}

function writeGuard(sink: ByteSink, guard: Guard): void {
  const comparison = guard.type === 'exists' ? 0 : COMPARISONS.indexOf(guard.comparison);
  sink.writeByte(GUARDS.indexOf(guard.type) + COMPARISON_UNIT * comparison);
  writeKey(sink, guard.key, MIN_KEY_BYTES);
  if (guard.type === 'exists') sink.writeByte(guard.operand ? SOME : NONE);
  else if (guard.type === 'value') writeBytes(sink, guard.operand);
  else sink.writeCount(guard.operand);
}

function readGuard(reader: ByteReader): Guard {
  const shape = reader.readByte();
  const type = GUARDS[shape % COMPARISON_UNIT];
  const comparison = COMPARISONS[Math.floor(shape / COMPARISON_UNIT)];
  if (type === undefined || comparison === undefined || shape >= UNUSED_GUARDS) {
    return reader.refuse(`an unknown guard ${shape}`);
  }
  const key = readKey(reader, MIN_KEY_BYTES);
  if (type === 'value') return { type, key, comparison, operand: readBytes(reader) };
  if (type !== 'exists') return { type, key, comparison, operand: reader.readCount() };
  if (comparison !== '=') return reader.refuse('a key that exists, compared');
  return { type, key, operand: readFlag(reader) };
}

function writeAction(sink: ByteSink, action: Action): void {
  sink.writeByte(ACTIONS.indexOf(action.type));
  switch (action.type) {
    case 'put':
      return writePut(sink, action);
    case 'delete':
    case 'get':
      return writeKey(sink, action.key, MIN_KEY_BYTES);
    case 'deletePrefix':
      return writeKey(sink, action.prefix, 0);
    case 'list':
      return writeList(sink, action);
    case 'increment':
      writeKey(sink, action.key, MIN_KEY_BYTES);
      return writeIncrement(sink, action.by);
    default:
      return unreachable(action);
  }
}

function readAction(reader: ByteReader): Action {
  const type = ACTIONS[reader.readByte()];
  switch (type) {
    case 'put':
      return readPut(reader);
    case 'delete':
    case 'get':
      return { type, key: readKey(reader, MIN_KEY_BYTES) };
    case 'deletePrefix':
      return { type, prefix: readKey(reader, 0) };
    case 'list':
      return readList(reader);
    case 'increment':
      return { type, key: readKey(reader, MIN_KEY_BYTES), by: readIncrement(reader) };
    case undefined:
      return reader.refuse('an unknown action');
    default:
      return unreachable(type);
  }
}

function writePut(sink: ByteSink, { contentType, key, lifetime, value }: PutAction): void {
  writeKey(sink, key, MIN_KEY_BYTES);
  if (contentType.length > MAX_CONTENT_TYPE_BYTES) {
    throw new Error(`a content type of ${contentType.length} bytes`);
  }
  sink.writeString(contentType);
  sink.writeByte(lifetime === undefined ? NONE : SOME);
  if (lifetime !== undefined) writeWish(sink, lifetime);
  writeBytes(sink, value);
}

function readPut(reader: ByteReader): PutAction {
  const key = readKey(reader, MIN_KEY_BYTES);
  const contentType = reader.readString(MAX_CONTENT_TYPE_BYTES);
  const lifetime = readFlag(reader) ? { lifetime: readWish(reader) } : {};
  return { type: 'put', key, contentType, value: readBytes(reader), ...lifetime };
}

function writeList(sink: ByteSink, { end, keysOnly, limit, start }: List): void {
  if (limit < 1 || limit > MAX_LISTED_ITEMS) throw new Error(`a list of ${limit} items`);
  writeKey(sink, start, 0);
  sink.writeByte(end === undefined ? NONE : SOME);
  if (end !== undefined) writeKey(sink, end, 0);
  sink.writeCount(limit);
  sink.writeByte(keysOnly ? SOME : NONE);
}

function readList(reader: ByteReader): List {
  const start = readKey(reader, 0);
  const end = readFlag(reader) ? { end: readKey(reader, 0) } : {};
  const limit = reader.readCount();
  if (limit < 1 || limit > MAX_LISTED_ITEMS) return reader.refuse(`a list of ${limit} items`);
  return { type: 'list', start, ...end, limit, keysOnly: readFlag(reader) };
}

function writeKey(sink: ByteSink, key: Key, minBytes: number): void {
  if (key.length < minBytes || key.length > MAX_KEY_BYTES) {
    throw new Error(`a key of ${key.length} bytes`);
  }
  sink.writeString(key);
}

function readKey(reader: ByteReader, minBytes: number): Key {
  const key = reader.readString(MAX_KEY_BYTES);
  return key.length < minBytes ? reader.refuse('an empty key') : key;
}

function writeBytes(sink: ByteSink, bytes: Uint8Array): void {
  sink.writeCount(bytes.length);
  sink.writeBytes(bytes);
}

function readBytes(reader: ByteReader): Uint8Array {
  return reader.readBytes(reader.readCount());
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.readByte();
  return flag === NONE || flag === SOME ? flag === SOME : reader.refuse(`a flag of ${flag}`);
}
