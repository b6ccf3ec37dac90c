/**
 * Answers as bytes, as the store keeps them for requests that may come again (once.ts):
 *
 *   format (1 byte)  type (1 byte)  revision, and what the type has besides
 *
 * where numbers and strings are written as in bytes.ts, and an item has its length before it.
 */
import type { ActionResult, KeptAnswer, ListedItem } from './answer.ts';
import { ByteReader, type ByteSink, ByteCounter, ByteWriter } from './bytes.ts';
import { readIncrement, writeIncrement } from './increment.ts';
import { decodeItem, encodeItem, type Item } from './item.ts';
import { MAX_KEY_BYTES } from './key.ts';
import { isLeaseAnswer, LEASE_ANSWERS, readLeaseAnswer, writeLeaseAnswer } from './lease-answer.ts';
import { unreachable } from './unreachable.ts';

const FORMAT = 1;
/** In the order of their numbers on the disk: new ones come last. */
const TYPES = [
  'put',
  'deleted',
  'incremented',
  'transaction',
  'absent',
  'conditionFailed',
  'guardsFailed',
  'notANumber',
  'tooManyKeys',
  'resultTooLarge',
  ...LEASE_ANSWERS,
] as const satisfies readonly KeptAnswer['type'][];
const RESULTS = [
  'put',
  'deleted',
  'incremented',
  'got',
  'listed',
] as const satisfies readonly ActionResult['type'][];

/** Of an item that may be there: it was not asked for, it is not there, it is. */
const NOT_ASKED = 0;
const NO_ITEM = 1;
const ITEM = 2;

export function encodeAnswer(answer: KeptAnswer): Uint8Array {
  const counter = new ByteCounter();
  writeAnswer(counter, answer);
  const writer = new ByteWriter(counter.length);
  writeAnswer(writer, answer);
  return writer.finish();
}

/** Throws where the bytes are malformed. */
export function decodeAnswer(bytes: Uint8Array): KeptAnswer {
  const reader = new ByteReader(bytes, 'answer');
  const format = reader.readByte();
  if (format !== FORMAT) reader.refuse(`unknown format ${format}`);
  const answer = readAnswer(reader);
  reader.finish();
  return answer;
}

function writeAnswer(sink: ByteSink, answer: KeptAnswer): void {
  sink.writeByte(FORMAT);
  sink.writeByte(TYPES.indexOf(answer.type));
  sink.writeCount(answer.revision);
  if (isLeaseAnswer(answer)) return writeLeaseAnswer(sink, answer);
  switch (answer.type) {
    case 'put':
      writeWritten(sink, answer);
      return writeItem(sink, answer.prev);
    case 'deleted':
      sink.writeCount(answer.deleted);
      return writeItem(sink, answer.prev);
    case 'incremented':
      writeIncrement(sink, answer.number);
      return writeWritten(sink, answer);
    case 'transaction':
      sink.writeByte(answer.succeeded ? 1 : 0);
      sink.writeCount(answer.results.length);
      for (const result of answer.results) writeResult(sink, result);
      return undefined;
    case 'absent':
      return undefined;
    case 'conditionFailed':
      return sink.writeCount(answer.current ?? 0);
    case 'guardsFailed':
      sink.writeCount(answer.failed.length);
      for (const place of answer.failed) sink.writeCount(place);
      return undefined;
    case 'notANumber':
      return sink.writeCount(answer.action === undefined ? 0 : answer.action + 1);
    case 'tooManyKeys':
    case 'resultTooLarge':
      sink.writeCount(answer.max);
      return sink.writeCount(answer.actual);
    default:
      return unreachable(answer);
  }
}

function readAnswer(reader: ByteReader): KeptAnswer {
  const type = TYPES[reader.readByte()];
  if (type === undefined) return reader.refuse('an answer of an unknown type');
  const revision = reader.readCount();
  switch (type) {
    case 'put':
      return { type, revision, ...readWritten(reader), ...readPrev(reader) };
    case 'deleted':
      return { type, revision, deleted: reader.readCount(), ...readPrev(reader) };
    case 'incremented':
      return { type, revision, number: readIncrement(reader), ...readWritten(reader) };
    case 'transaction': {
      const succeeded = readFlag(reader);
      return { type, revision, succeeded, results: readList(reader, readResult) };
    }
    case 'absent':
      return { type, revision };
    case 'conditionFailed': {
      const current = reader.readCount();
      return current === 0 ? { type, revision } : { type, revision, current };
    }
    case 'guardsFailed':
      return { type, revision, failed: readList(reader, (from) => from.readCount()) };
    case 'notANumber': {
      const action = reader.readCount();
      return action === 0 ? { type, revision } : { type, revision, action: action - 1 };
    }
    case 'tooManyKeys':
    case 'resultTooLarge':
      return { type, revision, max: reader.readCount(), actual: reader.readCount() };
    default:
      return readLeaseAnswer(reader, type, revision);
  }
}

function writeResult(sink: ByteSink, result: ActionResult): void {
  sink.writeByte(RESULTS.indexOf(result.type));
  switch (result.type) {
    case 'put':
      return writeWritten(sink, result);
    case 'deleted':
      return sink.writeCount(result.deleted);
    case 'incremented':
      writeIncrement(sink, result.number);
      return writeWritten(sink, result);
    case 'got':
      sink.writeString(result.key);
      return writeItem(sink, result.item);
    case 'listed':
      sink.writeByte(result.more ? 1 : 0);
      sink.writeCount(result.items.length);
      for (const { item, key } of result.items) {
        sink.writeString(key);
        writeItem(sink, item);
      }
      return undefined;
    default:
      return unreachable(result);
  }
}

function readResult(reader: ByteReader): ActionResult {
  const type = RESULTS[reader.readByte()];
  switch (type) {
    case 'put':
      return { type, ...readWritten(reader) };
    case 'deleted':
      return { type, deleted: reader.readCount() };
    case 'incremented':
      return { type, number: readIncrement(reader), ...readWritten(reader) };
    case 'got': {
      const key = reader.readString(MAX_KEY_BYTES);
      const item = readItem(reader);
      if (item === undefined) return reader.refuse('an item that was not asked for');
      return { type, key, item };
    }
    case 'listed':
      return { type, more: readFlag(reader), items: readList(reader, readListed) };
    case undefined:
      return reader.refuse('a result of an unknown type');
    default:
      return unreachable(type);
  }
}

function readListed(reader: ByteReader): ListedItem {
  const key = reader.readString(MAX_KEY_BYTES);
  const item = readItem(reader);
  if (item === null) return reader.refuse('a listed item that is not there');
  return item === undefined ? { key } : { key, item };
}

interface Written {
  readonly key: string;
  readonly version: number;
  readonly created: boolean;
}

function writeWritten(sink: ByteSink, { created, key, version }: Written): void {
  sink.writeString(key);
  sink.writeCount(version);
  sink.writeByte(created ? 1 : 0);
}

function readWritten(reader: ByteReader): Written {
  const key = reader.readString(MAX_KEY_BYTES);
  return { key, version: reader.readCount(), created: readFlag(reader) };
}

function readPrev(reader: ByteReader): { readonly prev?: Item | null } {
  const prev = readItem(reader);
  return prev === undefined ? {} : { prev };
}

function writeItem(sink: ByteSink, item: Item | null | undefined): void {
  if (item === undefined) return sink.writeByte(NOT_ASKED);
  if (item === null) return sink.writeByte(NO_ITEM);
  const bytes = encodeItem(item);
  sink.writeByte(ITEM);
  sink.writeCount(bytes.length);
  sink.writeBytes(bytes);
}

function readItem(reader: ByteReader): Item | null | undefined {
  const kind = reader.readByte();
  if (kind === NOT_ASKED) return undefined;
  if (kind === NO_ITEM) return null;
  if (kind !== ITEM) return reader.refuse('an item of an unknown kind');
  return decodeItem(reader.readBytes(reader.readCount()));
}

function readFlag(reader: ByteReader): boolean {
  const byte = reader.readByte();
  return byte <= 1 ? byte === 1 : reader.refuse('a flag that is neither 0 nor 1');
}

/** The list grows as it is read: its stated length alone makes nothing. */
function readList<T>(reader: ByteReader, read: (reader: ByteReader) => T): readonly T[] {
  const list: T[] = [];
  for (let left = reader.readCount(); left > 0; left -= 1) list.push(read(reader));
  return list;
}
