/** Reads the numbers and strings of LevelDB's files in turn. */
const VARINT_BITS = 7;
const VARINT_LIMIT = 2 ** VARINT_BITS;
const MOST_VARINT_BYTES = 10;

/** What is read is not what LevelDB writes. */
export class FormatError extends Error {}

export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get at(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** Up to 2^53 - 1: no size, place or number of a file is larger. */
  varint(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < MOST_VARINT_BYTES; count += 1) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || this.#at >= this.#end) throw new FormatError('a number is cut off');
      this.#at += 1;
      value += (byte % VARINT_LIMIT) * weight;
      if (byte < VARINT_LIMIT) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      weight *= VARINT_LIMIT;
    }
    throw new FormatError('a number is too large');
  }

  /** The same bytes, not a copy. */
  take(length: number): Buffer {
    if (length > this.#end - this.#at) throw new FormatError('more bytes are named than there are');
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  /** Preceded by its length. */
  string(): Buffer {
    return this.take(this.varint());
  }
}
