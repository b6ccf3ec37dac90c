/**
 * What the store holds under a key, and its bytes on the disk:
 *
 *   format (1 byte)  createRevision  revision  version  contentType  value (up to the end)
 *
 * where numbers and strings are written as in bytes.ts.
 */
import { ByteReader, ByteWriter, countLength, stringLength } from './bytes.ts';

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
}

/** As much as Node's HTTP parser lets through for all header fields together. */
export const MAX_CONTENT_TYPE_BYTES = 16_384;

const FORMAT = 1;

export function encodeItem(item: Item): Uint8Array {
  const length =
    1 +
    countLength(item.createRevision) +
    countLength(item.revision) +
    countLength(item.version) +
    stringLength(item.contentType) +
    item.value.length;
  const writer = new ByteWriter(length);
  writer.writeByte(FORMAT);
  writer.writeCount(item.createRevision);
  writer.writeCount(item.revision);
  writer.writeCount(item.version);
  writer.writeString(item.contentType);
  writer.writeBytes(item.value);
  return writer.finish();
}

/** Throws where the bytes are malformed. The item's value is a view of the bytes, not a copy. */
export function decodeItem(bytes: Uint8Array): Item {
  const reader = new ByteReader(bytes, 'item');
  const format = reader.readByte();
  if (format !== FORMAT) reader.refuse(`unknown format ${format}`);
  const createRevision = reader.readCount();
  const revision = reader.readCount();
  const version = reader.readCount();
  const contentType = reader.readString(MAX_CONTENT_TYPE_BYTES);
  const value = reader.readBytes(reader.remaining);
  return { value, contentType, createRevision, revision, version };
}
