/**
 * What the store holds under a key, and its bytes on the disk:
 *
 *   format (1 byte)  createRevision  revision  version  contentType  [lifetime]  value (up to the end)
 *
 *   format: 2 where it has a lifetime (lifetime.ts), else 1
 *
 * where numbers and strings are written as in bytes.ts.
 */
import { ByteCounter, ByteReader, ByteWriter, countLength, stringLength } from './bytes.ts';
import { type Lifetime, readLifetime, writeLifetime } from './lifetime.ts';

export interface Item {
  readonly value: Uint8Array;
  /** Each character is one byte, as in a key: header fields are bytes too. */
  readonly contentType: string;
  /** The revision at which the key came to be, after it was last absent. */
  readonly createRevision: number;
  /** The revision at which it was last written. */
  readonly revision: number;
  /** How often it was written since it came to be: 1 at first. */
  readonly version: number;
  /** Where it does not live for ever. */
  readonly lifetime?: Lifetime | undefined;
}

/** As much as Node's HTTP parser lets through for all header fields together. */
export const MAX_CONTENT_TYPE_BYTES = 16_384;

const FORMAT = 1;
const MORTAL_FORMAT = 2;

export function encodeItem(item: Item): Uint8Array {
  const { lifetime } = item;
  const length =
    1 +
    lifetimeLength(lifetime) +
    countLength(item.createRevision) +
    countLength(item.revision) +
    countLength(item.version) +
    stringLength(item.contentType) +
    item.value.length;
  const writer = new ByteWriter(length);
  writer.writeByte(lifetime === undefined ? FORMAT : MORTAL_FORMAT);
  writer.writeCount(item.createRevision);
  writer.writeCount(item.revision);
  writer.writeCount(item.version);
  writer.writeString(item.contentType);
  if (lifetime !== undefined) writeLifetime(writer, lifetime);
  writer.writeBytes(item.value);
  return writer.finish();
}

/** Throws where the bytes are malformed. The item's value is a view of the bytes, not a copy. */
export function decodeItem(bytes: Uint8Array): Item {
  const reader = new ByteReader(bytes, 'item');
  const format = reader.readByte();
  if (format !== FORMAT && format !== MORTAL_FORMAT) reader.refuse(`unknown format ${format}`);
  const createRevision = reader.readCount();
  const revision = reader.readCount();
  const version = reader.readCount();
  const contentType = reader.readString(MAX_CONTENT_TYPE_BYTES);
  const lifetime = format === MORTAL_FORMAT ? readLifetime(reader) : undefined;
  const value = reader.readBytes(reader.remaining);
  const item = { value, contentType, createRevision, revision, version };
  return lifetime === undefined ? item : { ...item, lifetime };
}

function lifetimeLength(lifetime: Lifetime | undefined): number {
  if (lifetime === undefined) return 0;
  const counter = new ByteCounter();
  writeLifetime(counter, lifetime);
  return counter.length;
}
