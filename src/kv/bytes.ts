/**
 * Reading and writing bytes, for the codecs of this room. A writer is given its exact length
 * beforehand, so that one allocation is enough. A reader trusts nothing: it throws rather than
 * read past the end, and makes nothing whose size a length field alone decides.
 *
 * A count is written in groups of 7 bits, lowest first, in as few bytes as it needs; a longer
 * form is refused. So what a codec takes, it would itself have written, byte for byte.
 */

/** Strings are made in pieces of at most this many characters. */
const PIECE_CHARS = 1024;
const MORE = 0x80;
/** What the last group of the largest count stands for: 8 groups hold 53 bits. */
const MAX_SCALE = MORE ** 7;

/** How many bytes `writeCount` will use. */
export function countLength(count: number): number {
  let length = 1;
  for (let rest = count; rest >= MORE; rest = Math.floor(rest / MORE)) length += 1;
  return length;
}

/** How many bytes `writeString` will use. */
export function stringLength(text: string): number {
  return countLength(text.length) + text.length;
}

/** Where a codec writes to: to the bytes, or to what only counts them. */
export interface ByteSink {
  writeByte(byte: number): void;
  /** A whole number from 0 to 2^53 - 1. */
  writeCount(count: number): void;
  /** A string of bytes (see key.ts), its length before it. */
  writeString(text: string): void;
  writeBytes(bytes: Uint8Array): void;
}

/** How many bytes a writer needs, found by writing. */
export class ByteCounter implements ByteSink {
  length = 0;

  writeByte(): void {
    this.length += 1;
  }

  writeCount(count: number): void {
    this.length += countLength(count);
  }

  writeString(text: string): void {
    this.length += stringLength(text);
  }

  writeBytes(bytes: Uint8Array): void {
    this.length += bytes.length;
  }
}

export class ByteWriter implements ByteSink {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
  }

  writeByte(byte: number): void {
    this.#bytes[this.#at] = byte;
    this.#at += 1;
  }

  /** A whole number from 0 to 2^53 - 1. */
  writeCount(count: number): void {
    if (!Number.isSafeInteger(count) || count < 0) throw new Error(`not a count: ${count}`);
    let rest = count;
    for (; rest >= MORE; rest = Math.floor(rest / MORE)) this.writeByte((rest % MORE) + MORE);
    this.writeByte(rest);
  }

  /** A string of bytes (see key.ts), its length before it. */
  writeString(text: string): void {
    this.writeCount(text.length);
    const at = this.#at;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0xff) throw new Error(`not a byte: character code ${code}`);
      this.#bytes[at + i] = code;
    }
    this.#at += text.length;
  }

  writeBytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** The bytes, all of them written. */
  finish(): Uint8Array {
    if (this.#at !== this.#bytes.length) {
      throw new Error(`wrote ${this.#at} of ${this.#bytes.length} bytes`);
    }
    return this.#bytes;
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  /** What is being read, for the errors. */
  readonly #subject: string;
  #at = 0;

  constructor(bytes: Uint8Array, subject: string) {
    this.#bytes = bytes;
    this.#subject = subject;
  }

  readByte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) return this.refuse('it ends too early');
    this.#at += 1;
    return byte;
  }

  readCount(): number {
    let count = 0;
    for (let scale = 1; scale <= MAX_SCALE; scale *= MORE) {
      const byte = this.readByte();
      count += (byte % MORE) * scale;
      if (byte >= MORE) continue;
      if (byte === 0 && scale > 1) return this.refuse('a count is longer than it needs');
      if (count > Number.MAX_SAFE_INTEGER) break;
      return count;
    }
    return this.refuse('a count is too large');
  }

  /** A string of bytes that has its length before it, of at most `maxLength`. */
  readString(maxLength: number): string {
    const length = this.#readLength(maxLength);
    const end = this.#at + length;
    let text = '';
    while (this.#at < end) {
      const pieceEnd = Math.min(end, this.#at + PIECE_CHARS);
      const piece = this.#bytes.subarray(this.#at, pieceEnd);
      text += Reflect.apply(String.fromCharCode, undefined, piece);
      this.#at = pieceEnd;
    }
    return text;
  }

  /** The next `length` bytes: a view of the given ones, not a copy. */
  readBytes(length: number): Uint8Array {
    if (length > this.remaining) return this.refuse('it ends too early');
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  finish(): void {
    if (this.remaining > 0) this.refuse(`${this.remaining} bytes follow it`);
  }

  refuse(problem: string): never {
    throw new Error(`malformed ${this.#subject}: ${problem} (at byte ${this.#at})`);
  }

  #readLength(maxLength: number): number {
    const length = this.readCount();
    if (length > maxLength) return this.refuse(`a length of ${length} is over ${maxLength}`);
    if (length > this.remaining) return this.refuse('it ends too early');
    return length;
  }
}
