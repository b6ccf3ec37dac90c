/** Snappy's raw format, as LevelDB compresses blocks with it: literals, and copies of what came before. */
import { ByteReader, FormatError } from './byte-reader.ts';

/** The blocks that are decoded here are indexes: LevelDB's tables are of 2 MiB. */
const MOST_BYTES = 256 * 1024 * 1024;
/** A longer length of a literal stands in one to four bytes of its own. */
const LONGEST_SHORT_LITERAL = 60;

/** Throws a `FormatError`. */
export function decompressSnappy(bytes: Buffer): Buffer {
  const reader = new ByteReader(bytes);
  const length = reader.varint();
  if (length > MOST_BYTES) throw new FormatError(`a block of ${length} bytes`);
  const output = Buffer.alloc(length);
  let at = 0;
  while (!reader.isAtEnd) {
    const tag = reader.take(1).readUInt8();
    if ((tag & 3) === 0) {
      const literal = reader.take(literalLength(tag >>> 2, reader));
      if (literal.length > length - at) throw new FormatError('more bytes than were announced');
      at += literal.copy(output, at);
    } else {
      at = copyBack(output, at, copyOf(tag, reader));
    }
  }
  if (at !== length) throw new FormatError(`${at} bytes, where ${length} were announced`);
  return output;
}

interface Copy {
  readonly length: number;
  readonly offset: number;
}

function literalLength(short: number, reader: ByteReader): number {
  if (short < LONGEST_SHORT_LITERAL) return short + 1;
  const width = short - LONGEST_SHORT_LITERAL + 1;
  return reader.take(width).readUIntLE(0, width) + 1;
}

function copyOf(tag: number, reader: ByteReader): Copy {
  switch (tag & 3) {
    case 1:
      return {
        length: 4 + ((tag >>> 2) & 7),
        offset: ((tag >>> 5) << 8) + reader.take(1).readUInt8(),
      };
    case 2:
      return { length: (tag >>> 2) + 1, offset: reader.take(2).readUInt16LE() };
    default:
      return { length: (tag >>> 2) + 1, offset: reader.take(4).readUInt32LE() };
  }
}

/** Byte by byte: what is copied may reach into what is being written. */
function copyBack(output: Buffer, start: number, { length, offset }: Copy): number {
  if (offset === 0 || offset > start || length > output.length - start) {
    throw new FormatError('a copy of what is not there');
  }
  for (let at = start; at < start + length; at += 1) output[at] = output[at - offset] ?? 0;
  return start + length;
}
